-- next called by hand.
local n = tonumber((...)) or 140000

local sum = 0
local next = next
local t = {}
for k = 1, 20 do t["key" .. k] = k end
for i = 1, n do
  local k, v = next(t)
  while k do
    sum = sum + v
    k, v = next(t, k)
  end
end
print(sum)
