-- string.gsub that seldom finds anything.
local n = tonumber((...)) or 100000

local sum = 0
local gsub = string.gsub
local text = ("a line of text with one \" in it; "):rep(4)
for i = 1, n do
  local s, count = gsub(text, '["\\]', "\\%0")
  sum = sum + #s + count
end
print(sum)
