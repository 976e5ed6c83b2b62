-- Call and return hooks see each function begin and end.
local events = {}
local function f() return 1 end
debug.sethook(function(event) events[#events + 1] = event end, "cr")
local x = f()
debug.sethook()
print(table.concat(events, " "))  --> return call return call
