-- math.fmod, math.pow and math.exp.
local n = tonumber((...)) or 1500000

local sum = 0
local fmod, pow = math.fmod, math.pow
for i = 1, n do
  sum = sum + fmod(i, 7) + pow(i % 5, 2)
end
print(sum)
