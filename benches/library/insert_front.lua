-- table.insert at the front and table.remove there: a queue of 20.
local n = tonumber((...)) or 270000

local sum = 0
local insert, remove = table.insert, table.remove
local t = {}
for k = 1, 20 do t[k] = k end
for i = 1, n do
  insert(t, 1, i)
  sum = sum + remove(t, 1)
end
print(sum)
