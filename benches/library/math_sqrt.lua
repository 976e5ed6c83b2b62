-- math.sqrt.
local n = tonumber((...)) or 2900000

local sum = 0
local sqrt, floor = math.sqrt, math.floor
for i = 1, n do
  sum = sum + floor(sqrt(i))
end
print(sum)
