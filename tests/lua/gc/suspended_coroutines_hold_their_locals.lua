-- The locals of a suspended coroutine are alive, those of a dropped one are not.
local weak = setmetatable({}, { __mode = "v" })
local co = coroutine.wrap(function() local t = { 1 } weak[1] = t coroutine.yield() return t end)
co()
collectgarbage()
print(type(weak[1]))  --> table
co = nil
collectgarbage()
print(weak[1])  --> nil
