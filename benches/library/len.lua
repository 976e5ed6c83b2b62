-- string.len.
local n = tonumber((...)) or 4500000

local sum = 0
local len = string.len
for i = 1, n do
  sum = sum + len("the quick brown fox")
end
print(sum)
