-- string.match of a word without captures.
local n = tonumber((...)) or 720000

local sum = 0
local match = string.match
for i = 1, n do
  sum = sum + #match("   indented text", "%S+")
end
print(sum)
