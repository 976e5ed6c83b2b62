-- A coroutine is suspended, running, normal and dead in turn.
local outer
local co = coroutine.create(function()
  local inner = coroutine.create(function() return coroutine.status(outer) end)
  local _, status = coroutine.resume(inner)
  coroutine.yield(coroutine.status(outer), status)
end)
outer = co
print(coroutine.status(co))  --> suspended
print(coroutine.resume(co))  --> true	running	normal
print(coroutine.status(co))  --> suspended
print(coroutine.resume(co), coroutine.status(co))  --> true	dead
