-- string.rep of a byte.
local n = tonumber((...)) or 1500000

local sum = 0
local rep = string.rep
for i = 1, n do
  sum = sum + #rep("x", i % 20)
end
print(sum)
