-- A finalizer of ring 3 runs in ring 3, and one of the program that is due while ring 3 runs gains nothing by it.
local rings = {}
local record = function() rings[#rings + 1] = (ring.current()) end
ring.globals(3).newproxy = newproxy
ring.globals(3).record = record
print(ring.run(3, "local p = newproxy(true) getmetatable(p).__gc = function() record() end p = nil"))  --> true
collectgarbage()
print(rings[1])  --> 3
local p = newproxy(true)
getmetatable(p).__gc = record
p = nil
print(ring.run(3, "for i = 1, 20000 do local t = {} end return (ring.current())", { fuel = 1e6 }))  --> true	3
collectgarbage()
print(#rings, rings[2] >= 2, (ring.current()))  --> 2	true	2
