-- string.format of %x and %02X.
local n = tonumber((...)) or 400000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%x%02X", i, i % 256)
end
print(sum)
