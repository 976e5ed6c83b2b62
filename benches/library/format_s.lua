-- string.format of %s.
local n = tonumber((...)) or 620000

local sum = 0
local format = string.format
for i = 1, n do
  sum = sum + #format("%s and %s", "this", "that")
end
print(sum)
