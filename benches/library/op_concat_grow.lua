-- The operator .. growing a string to 4,000 bytes.
local n = tonumber((...)) or 340000

local sum = 0
local s = ""
for i = 1, n do
  if #s > 4000 then s = "" end
  s = s .. "0123456789"
  sum = sum + #s
end
print(sum)
