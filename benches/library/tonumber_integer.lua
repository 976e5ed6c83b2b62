-- tonumber of whole numbers.
local n = tonumber((...)) or 950000

local sum = 0
local tonumber = tonumber
local texts = {}
for i = 1, 64 do texts[i] = tostring(i * 37) end
for i = 1, n do
  sum = sum + tonumber(texts[i % 64 + 1])
end
print(sum)
