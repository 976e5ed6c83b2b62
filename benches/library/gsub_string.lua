-- string.gsub with a replacement string.
local n = tonumber((...)) or 7100

local sum = 0
local gsub = string.gsub
local words = {}
for i = 1, 200 do words[i] = "word" .. i end
local text = table.concat(words, " ")
for i = 1, n do
  local s, count = gsub(text, "%d+", "<%0>")
  sum = sum + #s + count
end
print(sum)
