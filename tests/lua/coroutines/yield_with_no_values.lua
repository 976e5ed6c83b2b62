-- Yield and resume may pass nothing.
local co = coroutine.create(function() local n = select("#", coroutine.yield()) coroutine.yield(n) end)
print(select("#", coroutine.resume(co)))  --> 1
print(coroutine.resume(co))  --> true	0
print(coroutine.resume(co))  --> true
