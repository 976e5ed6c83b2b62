-- table.insert and table.remove in the middle of 100.
local n = tonumber((...)) or 130000

local sum = 0
local insert, remove = table.insert, table.remove
local t = {}
for k = 1, 100 do t[k] = k end
for i = 1, n do
  insert(t, 50, i)
  sum = sum + remove(t, 50)
end
print(sum)
