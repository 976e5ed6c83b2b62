-- The usual trim by string.match.
local n = tonumber((...)) or 300000

local sum = 0
local match = string.match
for i = 1, n do
  sum = sum + #match("   trimmed text   ", "^%s*(.-)%s*$")
end
print(sum)
