-- pcall of a function that raises a message with its position.
local n = tonumber((...)) or 250000

local sum = 0
local pcall, error = pcall, error
local function fail()
  error("failed")
end
for i = 1, n do
  local ok, e = pcall(fail)
  sum = sum + #e
end
print(sum)
