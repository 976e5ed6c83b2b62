-- string.byte of one byte.
local n = tonumber((...)) or 3000000

local sum = 0
local byte = string.byte
local s = "the quick brown fox"
for i = 1, n do
  sum = sum + byte(s, i % 16 + 1)
end
print(sum)
