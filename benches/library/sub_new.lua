-- string.sub of 20 bytes, most of them new.
local n = tonumber((...)) or 1200000

local sum = 0
local sub = string.sub
local parts = {}
for i = 1, 2000 do parts[i] = i end
local s = table.concat(parts, " ")
for i = 1, n do
  local at = i % 9000 + 1
  sum = sum + #sub(s, at, at + 19)
end
print(sum)
