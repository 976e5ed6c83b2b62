-- tonumber of hexadecimal text.
local n = tonumber((...)) or 1400000

local sum = 0
local tonumber = tonumber
for i = 1, n do
  sum = sum + tonumber("0xff")
end
print(sum)
