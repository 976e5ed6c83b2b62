-- pcall of a function that returns.
local n = tonumber((...)) or 2100000

local sum = 0
local pcall = pcall
local function plus(x)
  return x + 1
end
for i = 1, n do
  local ok, v = pcall(plus, i)
  sum = sum + v
end
print(sum)
