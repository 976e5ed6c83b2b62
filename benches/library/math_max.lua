-- math.max and math.min.
local n = tonumber((...)) or 1700000

local sum = 0
local max, min = math.max, math.min
for i = 1, n do
  sum = sum + max(i, 5, 7) + min(i, 100)
end
print(sum)
