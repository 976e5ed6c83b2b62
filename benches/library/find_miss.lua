-- string.find of a pattern that begins with a class and matches nowhere.
local n = tonumber((...)) or 9000

local sum = 0
local find = string.find
local text = ("lorem ipsum dolor sit amet "):rep(40)
for i = 1, n do
  sum = sum + (find(text, "%d%d%d") or 1)
end
print(sum)
