-- string.format of %5d and %-5d.
local n = tonumber((...)) or 380000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%5d|%-5d", i, i)
end
print(sum)
