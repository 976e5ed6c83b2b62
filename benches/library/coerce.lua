-- Arithmetic on the text of a number.
local n = tonumber((...)) or 4500000

local sum = 0
for i = 1, n do
  sum = sum + "10" * 2
end
print(sum)
