-- A coroutine is made with the mask and the count of its maker's hook, but without the function.
local calls = 0
debug.sethook(function() calls = calls + 1 end, "l", 7)
local co = coroutine.create(function()
  local hook, mask, count = debug.gethook()
  coroutine.yield(hook, mask, count)
end)
debug.sethook()
calls = 0
print(coroutine.resume(co))  --> true	nil	l	7
print(calls)  --> 0
debug.sethook(co, print, "c")
print(debug.gethook(co) == print, select(2, debug.gethook(co)))  --> true	c	0
print(debug.gethook())  --> nil		0
