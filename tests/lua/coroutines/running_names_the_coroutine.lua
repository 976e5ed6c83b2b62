-- `running` gives nil in the main program and the coroutine inside one.
print((coroutine.running()))  --> nil
local co
co = coroutine.create(function() return coroutine.running() == co end)
print(coroutine.resume(co))  --> true	true
