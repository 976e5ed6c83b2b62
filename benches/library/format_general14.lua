-- string.format of %.14g.
local n = tonumber((...)) or 330000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%.14g", i / 7)
end
print(sum)
