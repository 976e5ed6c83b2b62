-- loadstring of an expression.
local n = tonumber((...)) or 92000

local sum = 0
local loadstring = loadstring
for i = 1, n do
  sum = sum + loadstring("local a = 1 return a + 2")()
end
print(sum)
