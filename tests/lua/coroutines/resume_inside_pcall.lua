-- A whole coroutine may run inside pcall.
print(pcall(function()  --> true	3
  local co = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
  return co() + co()
end))
