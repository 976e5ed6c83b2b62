-- An error in a wrapped coroutine is raised at its caller.
local f = coroutine.wrap(function() coroutine.yield(1) error("inside") end)
print(f())  --> 1
print(pcall(f))  --> false	wrap_propagates_errors.lua:2: inside
print(pcall(f))  --> false	cannot resume dead coroutine
