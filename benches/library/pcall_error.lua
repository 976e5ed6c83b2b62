-- pcall of a function that raises a table.
local n = tonumber((...)) or 1300000

local sum = 0
local pcall, error = pcall, error
local failure = { code = 3 }
for i = 1, n do
  local ok, e = pcall(error, failure)
  sum = sum + e.code
end
print(sum)
