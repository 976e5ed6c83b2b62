-- Locals of a suspended coroutine stay shared with the closures that captured them.
local set
local co = coroutine.create(function() local x = 1 set = function(v) x = v end coroutine.yield(x) return x end)
print(coroutine.resume(co))  --> true	1
set(42)
print(coroutine.resume(co))  --> true	42
