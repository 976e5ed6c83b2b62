-- tonumber of what is no number.
local n = tonumber((...)) or 4200000

local sum = 0
local tonumber = tonumber
for i = 1, n do
  if tonumber("word") == nil then sum = sum + 1 end
end
print(sum)
