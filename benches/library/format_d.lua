-- string.format of %d.
local n = tonumber((...)) or 680000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%d", i)
end
print(sum)
