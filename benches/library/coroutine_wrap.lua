-- A generator by coroutine.wrap.
local n = tonumber((...)) or 2900000

local sum = 0
local yield = coroutine.yield
local generate = coroutine.wrap(function()
  while true do yield(3) end
end)
for i = 1, n do
  sum = sum + generate()
end
print(sum)
