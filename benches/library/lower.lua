-- string.lower.
local n = tonumber((...)) or 1400000

local sum = 0
local lower = string.lower
local s = "The Quick Brown Fox Jumps Over The Lazy Dog"
for i = 1, n do
  sum = sum + #lower(s)
end
print(sum)
