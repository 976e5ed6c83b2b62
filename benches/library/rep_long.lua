-- string.rep to 10,000 bytes.
local n = tonumber((...)) or 11000

local sum = 0
local rep = string.rep
for i = 1, n do
  sum = sum + #rep("0123456789", 1000)
end
print(sum)
