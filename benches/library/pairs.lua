-- A loop by pairs over 100 entries.
local n = tonumber((...)) or 38000

local sum = 0
local t = {}
for k = 1, 100 do t["key" .. k] = k end
for i = 1, n do
  for k, v in pairs(t) do sum = sum + v end
end
print(sum)
