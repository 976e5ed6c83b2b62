-- table.sort of 1,000 records by a field.
local n = tonumber((...)) or 180

local sum = 0
local sort = table.sort
local random = {}
local seed = 42
for i = 1, 1000 do
  seed = (seed * 16807) % 2147483647
  random[i] = { key = seed % 10007 }
end
local function copy()
  local t = {}
  for i = 1, #random do t[i] = random[i] end
  return t
end
local function by_key(a, b)
  return a.key < b.key
end
for i = 1, n do
  local t = copy()
  sort(t, by_key)
  sum = sum + t[1].key + t[500].key
end
print(sum)
