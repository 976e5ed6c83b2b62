-- Patterns that take turns, and calls between the matches of one, do not disturb each other.
local text = "k1=v1; key2=value2; k3=v3"
local function trim(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end
for key, value in text:gmatch("(%w+)=(%w+)") do
  local digit, rest = key:match("(%d)(.*)")
  print(key, value, digit, #rest, trim("  " .. value .. " "), key:find("2", 1, true))
end
--> k1	v1	1	0	v1	nil
--> key2	value2	2	0	value2	4	4
--> k3	v3	3	0	v3	nil
local nested = text:gsub("%w+", function(word)
  return (word:gsub("%a", function(letter) return letter:upper():find("[KV]") and "#" or "." end))
end)
print(nested)  --> #1=#1; #..2=#....2; #3=#3
local patterns = { "a", "b+", "[ab]", "(a)(b)", "^a", "a$", "%f[b]b", "a-b", "()b", "(a", "%1" }
for round = 1, 2 do
  local found = {}
  for i = 1, #patterns do
    local ok, at = pcall(string.find, "xaabb", patterns[i])
    found[i] = ok and tostring(at) or "error"
  end
  print(table.concat(found, " "))
end
--> 2 4 2 3 nil nil 4 2 4 error error
--> 2 4 2 3 nil nil 4 2 4 error error
-- A pattern by find begins behind its ^; by gmatch the ^ is a byte.
local hats = {}
for i = 1, 2 do
  hats[#hats + 1] = ("^a a"):find("^a") or "none"
  for hat in ("^a a"):gmatch("^a") do hats[#hats + 1] = hat end
end
print(table.concat(hats, " "))  --> none ^a none ^a
