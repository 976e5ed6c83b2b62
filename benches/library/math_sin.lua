-- math.sin and math.cos.
local n = tonumber((...)) or 1200000

local sum = 0
local sin, cos, abs, floor = math.sin, math.cos, math.abs, math.floor
for i = 1, n do
  sum = sum + floor(abs(sin(i)) * 100) + floor(abs(cos(i)) * 100)
end
print(sum)
