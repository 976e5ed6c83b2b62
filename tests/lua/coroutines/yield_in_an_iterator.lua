-- A step function called in a while loop may yield to an outer resume.
local function step(i) if i < 3 then return coroutine.yield("at " .. i) + i end end
local co = coroutine.create(function()
  local sum, i = 0, step(0)
  while i do sum, i = sum + i, step(i) end
  return sum
end)
print(coroutine.resume(co))  --> true	at 0
print(coroutine.resume(co, 2))  --> true	at 2
print(coroutine.resume(co, 9))  --> true	13
