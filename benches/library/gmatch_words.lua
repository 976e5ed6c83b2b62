-- string.gmatch over the words of a text.
local n = tonumber((...)) or 5100

local sum = 0
local gmatch = string.gmatch
local words = {}
for i = 1, 200 do words[i] = "word" .. i end
local text = table.concat(words, " ")
for i = 1, n do
  for word in gmatch(text, "%a+") do sum = sum + #word end
end
print(sum)
