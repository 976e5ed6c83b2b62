-- A coroutine cannot resume itself, nor a normal one.
local co
co = coroutine.create(function() return coroutine.resume(co) end)
print(coroutine.resume(co))  --> true	false	cannot resume running coroutine
local outer
outer = coroutine.create(function()
  local inner = coroutine.create(function() return coroutine.resume(outer) end)
  return select(2, coroutine.resume(inner))
end)
print(coroutine.resume(outer))  --> true	false	cannot resume normal coroutine
