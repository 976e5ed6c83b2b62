-- table.sort of 1,000 values compared by __lt.
local n = tonumber((...)) or 200

local sum = 0
local sort = table.sort
local meta = {}
function meta.__lt(a, b)
  return a.key < b.key
end
local random = {}
local seed = 42
for i = 1, 1000 do
  seed = (seed * 16807) % 2147483647
  random[i] = setmetatable({ key = seed % 10007 }, meta)
end
local function copy()
  local t = {}
  for i = 1, #random do t[i] = random[i] end
  return t
end
for i = 1, n do
  local t = copy()
  sort(t)
  sum = sum + t[1].key + t[500].key
end
print(sum)
