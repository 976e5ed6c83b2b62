-- table.sort of 1,000 numbers.
local n = tonumber((...)) or 890

local sum = 0
local sort = table.sort
local random = {}
local seed = 42
for i = 1, 1000 do
  seed = (seed * 16807) % 2147483647
  random[i] = seed % 10007
end
local function copy()
  local t = {}
  for i = 1, #random do t[i] = random[i] end
  return t
end
for i = 1, n do
  local t = copy()
  sort(t)
  sum = sum + t[1] + t[500]
end
print(sum)
