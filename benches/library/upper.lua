-- string.upper.
local n = tonumber((...)) or 1400000

local sum = 0
local upper = string.upper
local s = "The Quick Brown Fox Jumps Over The Lazy Dog"
for i = 1, n do
  sum = sum + #upper(s)
end
print(sum)
