-- string.format of %c.
local n = tonumber((...)) or 1000000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%c%c", 65, 66)
end
print(sum)
