-- An error inside a coroutine ends it and comes out of resume.
local co = coroutine.create(function() local x = nil return x.y end)
print(coroutine.resume(co))  --> false	error_inside.lua:2: attempt to index local 'x' (a nil value)
print(coroutine.status(co))  --> dead
