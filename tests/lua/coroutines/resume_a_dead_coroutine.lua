-- Resuming a finished coroutine gives false and a message.
local co = coroutine.create(function() end)
print(coroutine.resume(co))  --> true
print(coroutine.resume(co))  --> false	cannot resume dead coroutine
print(coroutine.resume(co))  --> false	cannot resume dead coroutine
