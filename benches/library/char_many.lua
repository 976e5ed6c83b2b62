-- string.char of four codes.
local n = tonumber((...)) or 2100000

local sum = 0
local char = string.char
for i = 1, n do
  sum = sum + #char(i % 256, 65, 66, 67)
end
print(sum)
