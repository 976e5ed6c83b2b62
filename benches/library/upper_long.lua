-- string.upper of 2,000 bytes.
local n = tonumber((...)) or 64000

local sum = 0
local upper = string.upper
local s = ("The Quick "):rep(200)
for i = 1, n do
  sum = sum + #upper(s)
end
print(sum)
