-- The letters of `__mode` and of a hook's mask end at a zero byte.
local weak = setmetatable({}, { __mode = "\0k" })
weak[{}] = 1
collectgarbage()
print(next(weak) ~= nil)  --> true
debug.sethook(function() end, "\0c")
print(select(2, debug.gethook()) == "")  --> true
debug.sethook()
