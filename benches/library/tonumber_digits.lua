-- tonumber of a fraction of 14 digits.
local n = tonumber((...)) or 540000

local sum = 0
local tonumber = tonumber
for i = 1, n do
  sum = sum + tonumber("3.1415926535898")
end
print(sum)
