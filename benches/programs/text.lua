-- Text: makes a page of words, counts them, replaces some, and splits it again.
local size = tonumber(arg and arg[1]) or 120

local seed = 42
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n
end

local words = {}
for i = 1, 3000 do
  local letters = {}
  for k = 1, 2 + random(7) do letters[k] = string.char(97 + random(26)) end
  words[i] = table.concat(letters)
end
local page = table.concat(words, " ") .. "."

local checks = 0
for round = 1, size do
  local counts, most = {}, 0
  for word in page:gmatch("%a+") do
    local n = (counts[word] or 0) + 1
    counts[word] = n
    if n > most then most = n end
  end
  local changed, n = page:gsub("(%a)(%a*)", function(first, rest)
    if #rest == round % 5 then return first:upper() .. rest end
  end)
  local at, found = 1, 0
  while true do
    local from, to = changed:find("e", at, true)
    if not from then break end
    at, found = to + 1, found + 1
  end
  checks = (checks * 31 + n + most + found) % 1000003
end
print(#page, checks)
