-- string.format of %e.
local n = tonumber((...)) or 270000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%e", i / 7)
end
print(sum)
