-- assert of what holds.
local n = tonumber((...)) or 6200000

local sum = 0
local assert = assert
for i = 1, n do
  sum = sum + assert(i)
end
print(sum)
