-- Neither the call of a finalizer nor what it calls is reported to a hook.
local log = {}
local proxy = newproxy(true)
getmetatable(proxy).__gc = function() tostring(1) end
proxy = nil
debug.sethook(function(event) log[#log + 1] = event end, "cr")
collectgarbage()
debug.sethook()
print(table.concat(log, " "))
--> return call return call
