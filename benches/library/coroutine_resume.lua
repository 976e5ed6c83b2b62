-- coroutine.resume and coroutine.yield with values.
local n = tonumber((...)) or 2400000

local sum = 0
local resume, yield = coroutine.resume, coroutine.yield
local co = coroutine.create(function(v)
  while true do v = yield(v) end
end)
for i = 1, n do
  local _, v = resume(co, i)
  sum = sum + v
end
print(sum)
