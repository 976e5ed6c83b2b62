-- string.find of a short literal in a short subject.
local n = tonumber((...)) or 3200000

local sum = 0
local find = string.find
for i = 1, n do
  local at = find("the quick brown fox", "brown", 1, true)
  sum = sum + at
end
print(sum)
