-- table.insert and table.remove at the end, as a stack.
local n = tonumber((...)) or 1300000

local sum = 0
local insert, remove = table.insert, table.remove
local t = { 1, 2, 3 }
for i = 1, n do
  insert(t, i)
  insert(t, i)
  sum = sum + remove(t) + remove(t)
end
print(sum)
