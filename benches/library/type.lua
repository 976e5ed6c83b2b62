-- type.
local n = tonumber((...)) or 4700000

local sum = 0
local type = type
for i = 1, n do
  if type(i) == "number" then sum = sum + 1 end
end
print(sum)
