-- Resume passes values to yield, and yield passes values to resume.
local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  return d + e, "end"
end)
print(coroutine.resume(co, 1, 2))  --> true	3
print(coroutine.resume(co, 10))  --> true	20
print(coroutine.resume(co, 3, 4))  --> true	7	end
print(coroutine.resume(co))  --> false	cannot resume dead coroutine
