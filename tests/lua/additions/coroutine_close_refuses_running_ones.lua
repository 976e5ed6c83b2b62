-- A coroutine that runs, or that has resumed another one, cannot be closed.
local co
co = coroutine.create(function() coroutine.close(co) end)
print(coroutine.resume(co))  --> false	coroutine_close_refuses_running_ones.lua:3: cannot close a running coroutine
local outer
outer = coroutine.create(function()
  local inner = coroutine.create(function() return pcall(coroutine.close, outer) end)
  print(coroutine.resume(inner))  --> true	false	cannot close a normal coroutine
end)
print(coroutine.resume(outer))  --> true
print(pcall(coroutine.close, {}))  --> false	bad argument #1 to '?' (coroutine expected)
