-- string.sub of one byte.
local n = tonumber((...)) or 2500000

local sum = 0
local sub = string.sub
local s = "the quick brown fox"
for i = 1, n do
  local at = i % 16 + 1
  sum = sum + #sub(s, at, at)
end
print(sum)
