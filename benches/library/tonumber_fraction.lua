-- tonumber of fractions.
local n = tonumber((...)) or 460000

local sum = 0
local tonumber = tonumber
for i = 1, n do
  sum = sum + tonumber("3.25") + tonumber("1e3")
end
print(sum)
