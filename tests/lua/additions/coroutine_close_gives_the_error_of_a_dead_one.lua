-- `coroutine.close` tells of what error a coroutine has died, once.
local object = {}
local co = coroutine.create(function() error(object) end)
coroutine.resume(co)
collectgarbage()
local ok, error_object = coroutine.close(co)
print(ok, error_object == object)  --> false	true
print(coroutine.close(co))  --> true
co = coroutine.create(function() local x = nil + 1 end)
print(coroutine.resume(co))  --> false	coroutine_close_gives_the_error_of_a_dead_one.lua:9: attempt to perform arithmetic on a nil value
print(coroutine.close(co))  --> false	coroutine_close_gives_the_error_of_a_dead_one.lua:9: attempt to perform arithmetic on a nil value
co = coroutine.create(function() return 1 end)
coroutine.resume(co)
print(coroutine.close(co))  --> true
