-- table.foreach.
local n = tonumber((...)) or 180000

local sum = 0
local foreach = table.foreach
local t = {}
for k = 1, 20 do t["key" .. k] = k end
local function add(k, v)
  sum = sum + v
end
for i = 1, n do
  foreach(t, add)
end
print(sum)
