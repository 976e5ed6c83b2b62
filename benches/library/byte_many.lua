-- string.byte of eight bytes.
local n = tonumber((...)) or 3000000

local sum = 0
local byte = string.byte
local s = "the quick brown fox"
for i = 1, n do
  local a, b, c, d, e, f, g, h = byte(s, 3, 10)
  sum = sum + a + h
end
print(sum)
