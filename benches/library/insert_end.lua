-- table.insert at the end.
local n = tonumber((...)) or 160000

local sum = 0
local insert = table.insert
for i = 1, n do
  local t = {}
  for k = 1, 20 do insert(t, k) end
  sum = sum + #t
end
print(sum)
