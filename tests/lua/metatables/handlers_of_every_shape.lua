-- A metamethod may have any number of parameters and results, varargs, and upvalues to close.
local results = {}
local mt = {
  __add = function(...) return select("#", ...), "dropped" end,
  __sub = function(a) local x = a.v; results[#results + 1] = function() return x end return x end,
  __mul = function() end,
  __div = function(a, b, c, d) local e; return tostring(c) .. tostring(d) .. tostring(e) end,
  __index = function(t, k) if k == "none" then return end return k, "dropped" end,
}
local t = setmetatable({ v = 5 }, mt)
print(t + t, t - t, t * t, t / t)
print(t.v, t.name, t.none, t[1], t[true], t["a" .. "b"])
print(results[1](), #results)
local deep = setmetatable({}, { __index = setmetatable({}, { __index = function(_, k) return k .. "!" end }) })
print(deep.x, deep["y"], deep[1])
local tail = setmetatable({}, { __add = function(a, b) return math.max(1, 2, 3) end, __index = function(t, k) return rawget(t, k) end })
print(tail + 1, tail.x)
print(pcall(function() return t.a.b.c end))
--> 2	5	nil	nilnilnil
--> 5	name	nil	1	true	ab
--> 5	1
--> x!	y!	1!
--> 3	nil
--> false	handlers_of_every_shape.lua:18: attempt to index field 'b' (a nil value)
