-- string.find of a literal at the end of a subject of 10,000 bytes.
local n = tonumber((...)) or 1200000

local sum = 0
local find = string.find
local text, needle = ("abcdefghij"):rep(1000) .. "needle", "needle"
for i = 1, n do
  local at = find(text, needle, 1, true)
  sum = sum + at
end
print(sum)
