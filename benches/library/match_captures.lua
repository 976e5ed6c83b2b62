-- string.match with three captures.
local n = tonumber((...)) or 630000

local sum = 0
local match = string.match
for i = 1, n do
  local y, m, d = match("on 2024-11-28 at noon", "(%d+)-(%d+)-(%d+)")
  sum = sum + #y + #m + #d
end
print(sum)
