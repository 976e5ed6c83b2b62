-- A loop by ipairs over 100 values.
local n = tonumber((...)) or 68000

local sum = 0
local t = {}
for k = 1, 100 do t[k] = k end
for i = 1, n do
  for k, v in ipairs(t) do sum = sum + v end
end
print(sum)
