-- table.concat of five short strings.
local n = tonumber((...)) or 1200000

local sum = 0
local concat = table.concat
local list = { "a", "bc", "def", "ghij", "klmno" }
for i = 1, n do
  sum = sum + #concat(list, ",")
end
print(sum)
