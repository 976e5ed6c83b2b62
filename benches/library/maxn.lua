-- table.maxn and the operator #.
local n = tonumber((...)) or 2100000

local sum = 0
local maxn = table.maxn
local t = { 1, 2, 3, 4, 5 }
for i = 1, n do
  sum = sum + maxn(t) + #t
end
print(sum)
