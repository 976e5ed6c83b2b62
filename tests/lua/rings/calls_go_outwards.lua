-- A function of ring 3 runs in ring 3 whoever calls it, and the caller is back in its own ring afterwards.
local current = ring.load(3, "return (ring.current())")
local loaded = ring.load(3, "return function(...) return (ring.current()), ... end")()
local meta = { __index = loaded, __add = loaded, __call = loaded, __concat = loaded, __unm = loaded,
  __eq = function(a, b) return loaded() == 3 end, __tostring = function() return "ring " .. current() end }
local t, u = setmetatable({}, meta), setmetatable({}, meta)
print(current(), (ring.current()))  --> 3	2
print(t.x, t + 1, t(1), t .. 1, -t, t == u, (ring.current()))  --> 3	3	3	3	3	true	2
print(tostring(t), (ring.current()))  --> ring 3	2
print(pcall(loaded, 7), (ring.current()))  --> true	2
print(select(2, pcall(loaded, 7)))  --> 3	7
print(coroutine.wrap(loaded)(8))  --> 3	8
local gen = ring.load(3, "for i = 1, 3 do coroutine.yield(i, (ring.current())) end return 'end'")
local co = coroutine.wrap(gen)
print(co()) print((ring.current())) print(co()) print((ring.current())) print(co()) print(co())
--> 1	3
--> 2
--> 2	3
--> 2
--> 3	3
--> end
print((("x"):gsub("x", loaded)), (ring.current()))  --> 3	2
local list = { 3, 1, 2 }
table.sort(list, ring.load(3, "local a, b = ... return a < b"))
print(table.concat(list, " "), (ring.current()))  --> 1 2 3	2
for i, n in loaded, nil, 1 do print(i, n, (ring.current())) break end  --> 3	nil	2
local function tail() return loaded("tail") end
print(tail()) print((ring.current()))
--> 3	tail
--> 2
local bad = ring.load(3, "error('oops')")
print(pcall(bad), (ring.current()))  --> false	2
print(select(2, pcall(bad)))  --> plugin:1: oops
local deep = ring.load(3, "local f = ... return f(function() return (ring.current()) end)")
print(deep(function(g) return g(), (ring.current()) end)) print((ring.current()))
--> 3	3
--> 2
