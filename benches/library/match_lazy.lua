-- string.match with a lazy repetition.
local n = tonumber((...)) or 600000

local sum = 0
local match = string.match
for i = 1, n do
  sum = sum + #match("text <tag attribute> more", "<(.-)>")
end
print(sum)
