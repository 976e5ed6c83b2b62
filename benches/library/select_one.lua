-- select of one of several.
local n = tonumber((...)) or 4700000

local sum = 0
local select = select
for i = 1, n do
  sum = sum + (select(2, i, 7, 9))
end
print(sum)
