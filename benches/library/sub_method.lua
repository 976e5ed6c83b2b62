-- string.sub as a method, without an end.
local n = tonumber((...)) or 3200000

local sum = 0
local s = "the quick brown fox"
for i = 1, n do
  sum = sum + #s:sub(5)
end
print(sum)
