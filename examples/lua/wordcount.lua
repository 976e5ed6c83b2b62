-- Wordcount: lines, words, bytes and the most frequent words of a file.
-- Without an argument it reads its own source. Shows io, patterns and sorting.
--
--   lua5.1 wordcount.lua        lua5.1 wordcount.lua some_text.txt

local TOP = 10

local function own_source()
  return debug.getinfo(1, "S").source:sub(2) -- the chunk name is "@path"
end

local path = ... or own_source()
local file, problem = io.open(path, "rb")
if not file then
  print("cannot read: " .. problem)
  return
end

local lines, words, bytes = 0, 0, 0
local count = {}
for line in file:lines() do
  lines = lines + 1
  bytes = bytes + #line + 1
  for word in line:gmatch("[%a_]+") do
    words = words + 1
    word = word:lower()
    count[word] = (count[word] or 0) + 1
  end
end
file:close()

local ranking = {}
for word in pairs(count) do ranking[#ranking + 1] = word end
table.sort(ranking, function(a, b)
  if count[a] ~= count[b] then return count[a] > count[b] end
  return a < b
end)

print(("%d lines, %d words (%d different), %d bytes"):format(lines, words, #ranking, bytes))
for i = 1, math.min(TOP, #ranking) do
  local word = ranking[i]
  print(("%4d  %-12s %s"):format(count[word], word, ("*"):rep(count[word])))
end
