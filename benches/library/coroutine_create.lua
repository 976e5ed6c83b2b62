-- coroutines that live shortly.
local n = tonumber((...)) or 390000

local sum = 0
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local function body()
  yield(1)
end
for i = 1, n do
  local co = create(body)
  local _, v = resume(co)
  resume(co)
  sum = sum + v
end
print(sum)
