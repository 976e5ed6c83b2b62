-- string.format of %5.2f.
local n = tonumber((...)) or 450000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%5.2f", i / 7)
end
print(sum)
