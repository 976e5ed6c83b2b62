-- string.find of a pattern without special characters.
local n = tonumber((...)) or 2500000

local sum = 0
local find = string.find
for i = 1, n do
  sum = sum + find("some text, and a comma", "comma")
end
print(sum)
