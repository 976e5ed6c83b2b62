-- tostring of whole numbers.
local n = tonumber((...)) or 390000

local sum = 0
local tostring = tostring
for i = 1, n do
  sum = sum + #tostring(i)
end
print(sum)
