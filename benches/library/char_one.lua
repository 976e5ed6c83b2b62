-- string.char of one code.
local n = tonumber((...)) or 4400000

local sum = 0
local char = string.char
for i = 1, n do
  sum = sum + #char(i % 256)
end
print(sum)
