-- string.byte as a method.
local n = tonumber((...)) or 4200000

local sum = 0
local s = "the quick brown fox"
for i = 1, n do
  sum = sum + s:byte(3)
end
print(sum)
