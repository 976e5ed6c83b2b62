-- tostring of fractions of few digits.
local n = tonumber((...)) or 330000

local sum = 0
local tostring = tostring
for i = 1, n do
  sum = sum + #tostring(i / 4)
end
print(sum)
