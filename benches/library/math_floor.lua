-- math.floor.
local n = tonumber((...)) or 4300000

local sum = 0
local floor = math.floor
for i = 1, n do
  sum = sum + floor(i / 3)
end
print(sum)
