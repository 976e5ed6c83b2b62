-- table.concat of 1,000 strings with a separator.
local n = tonumber((...)) or 6500

local sum = 0
local concat = table.concat
local list = {}
for i = 1, 1000 do list[i] = "item " .. i end
for i = 1, n do
  sum = sum + #concat(list, ", ")
end
print(sum)
