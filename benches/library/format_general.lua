-- string.format of %g.
local n = tonumber((...)) or 370000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%g", i / 7)
end
print(sum)
