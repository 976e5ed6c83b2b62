-- string.find of a pattern with a literal head in a long subject.
local n = tonumber((...)) or 5400

local sum = 0
local find = string.find
local text = ("lorem ipsum dolor "):rep(200) .. "key=1234;"
for i = 1, n do
  local at, stop = find(text, "key=(%d+)")
  sum = sum + at + stop
end
print(sum)
