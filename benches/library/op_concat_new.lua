-- The operator .. making strings that are new.
local n = tonumber((...)) or 430000

local sum = 0
for i = 1, n do
  sum = sum + #("key" .. i .. "x")
end
print(sum)
