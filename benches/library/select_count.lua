-- select of the number of varargs.
local n = tonumber((...)) or 2100000

local sum = 0
local select = select
local function count(...)
  return select("#", ...)
end
for i = 1, n do
  sum = sum + count(1, 2, i)
end
print(sum)
