-- tonumber with a base.
local n = tonumber((...)) or 1200000

local sum = 0
local tonumber = tonumber
for i = 1, n do
  sum = sum + tonumber("ff", 16) + tonumber("1010", 2)
end
print(sum)
