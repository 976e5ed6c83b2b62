-- string.reverse.
local n = tonumber((...)) or 1800000

local sum = 0
local reverse = string.reverse
for i = 1, n do
  sum = sum + #reverse("the quick brown fox")
end
print(sum)
