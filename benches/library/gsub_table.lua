-- string.gsub with a table of replacements.
local n = tonumber((...)) or 220000

local sum = 0
local gsub = string.gsub
local values = { name = "Ada", age = 36, city = "London" }
for i = 1, n do
  local s = gsub("$name is $age years old in $city", "%$(%w+)", values)
  sum = sum + #s
end
print(sum)
