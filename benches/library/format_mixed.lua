-- string.format of a line of a table.
local n = tonumber((...)) or 290000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%-10s|%6d|%8.3f", "name", i, i / 3)
end
print(sum)
