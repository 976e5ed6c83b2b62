-- tostring of fractions.
local n = tonumber((...)) or 360000

local sum = 0
local tostring = tostring
for i = 1, n do
  sum = sum + #tostring(i / 7)
end
print(sum)
