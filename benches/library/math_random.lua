-- math.random in a range.
local n = tonumber((...)) or 3100000

local sum = 0
local random = math.random
math.randomseed(42)
for i = 1, n do
  local r = random(100)
  if r >= 1 and r <= 100 then sum = sum + 1 end
end
print(sum)
