-- string.find of an anchored pattern, as tokenizers use it.
local n = tonumber((...)) or 750000

local sum = 0
local find = string.find
local line = "let some_name = 12"
for i = 1, n do
  local _, stop = find(line, "^[%a_][%w_]*", 5)
  sum = sum + stop
end
print(sum)
