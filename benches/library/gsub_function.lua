-- string.gsub with a function.
local n = tonumber((...)) or 4300

local sum = 0
local gsub = string.gsub
local words = {}
for i = 1, 200 do words[i] = "word" .. i end
local text = table.concat(words, " ")
local function shorten(word)
  return "w"
end
for i = 1, n do
  local s = gsub(text, "%a+", shorten)
  sum = sum + #s
end
print(sum)
