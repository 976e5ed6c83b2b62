-- `return coroutine.yield(x)` returns what the next resume passes.
local co = coroutine.wrap(function(x) return coroutine.yield(x + 1) end)
print(co(1))  --> 2
print(co("a", "b"))  --> a	b
