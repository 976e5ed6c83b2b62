-- unpack of five values.
local n = tonumber((...)) or 3400000

local sum = 0
local unpack = unpack
local t = { 1, 2, 3, 4, 5 }
for i = 1, n do
  local a, b, c, d, e = unpack(t)
  sum = sum + a + e
end
print(sum)
