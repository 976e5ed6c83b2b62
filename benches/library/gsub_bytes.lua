-- string.gsub of every byte by a function, as for hexadecimal dumps.
local n = tonumber((...)) or 24000

local sum = 0
local gsub, byte = string.gsub, string.byte
local function code(c)
  return byte(c) .. ","
end
for i = 1, n do
  local s = gsub("The quick brown fox", ".", code)
  sum = sum + #s
end
print(sum)
