-- string.gsub of a literal.
local n = tonumber((...)) or 20000

local sum = 0
local gsub = string.gsub
local words = {}
for i = 1, 200 do words[i] = "word" .. i end
local text = table.concat(words, " ")
for i = 1, n do
  local s, count = gsub(text, "word", "w")
  sum = sum + #s + count
end
print(sum)
