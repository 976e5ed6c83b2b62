-- string.match of a balanced stretch.
local n = tonumber((...)) or 1700000

local sum = 0
local match = string.match
for i = 1, n do
  sum = sum + #match("f(a(b)c(d(e)))g", "%b()")
end
print(sum)
