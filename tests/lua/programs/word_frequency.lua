-- Counting words and listing them by count, then by name.
local text = "the cat and the dog and the bird"
local count, words = {}, {}
for w in text:gmatch("%a+") do
  if not count[w] then words[#words + 1] = w end
  count[w] = (count[w] or 0) + 1
end
table.sort(words, function(a, b) if count[a] ~= count[b] then return count[a] > count[b] end return a < b end)
local out = {}
for _, w in ipairs(words) do out[#out + 1] = w .. "=" .. count[w] end
print(table.concat(out, " "))  --> the=3 and=2 bird=1 cat=1 dog=1
