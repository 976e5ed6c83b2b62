-- Calling code of an inner ring leaves the ring where it was, whichever way the call goes.
local plugin = ring.globals(3)
plugin.current = function() return (ring.current()) end
plugin.object = setmetatable({}, {
  __index = function() return (ring.current()) end,
  __newindex = function(_, k, v) rawset(v, 1, (ring.current())) end,
  __call = function() return (ring.current()) end,
  __add = function() return (ring.current()) end,
  __concat = function() return (ring.current()) end,
  __unm = function() return (ring.current()) end,
  __lt = function() return (ring.current()) == 3 end,
  __eq = function() return (ring.current()) == 3 end,
  __tostring = function() return "ring " .. (ring.current()) end,
})
plugin.other = setmetatable({}, getmetatable(plugin.object))
plugin.iterator = function(_, i) if i < 1 then return i + 1, (ring.current()) end end
plugin.co = coroutine.create(function(...) return (ring.current()) end)
plugin.caller = function(f) return f() end
local up = function() return (ring.current()) end
plugin.upvalue = function() return up() end
print(ring.run(3, "return current()"))  --> true	3
print(ring.run(3, "return (current())"))  --> true	3
print(ring.run(3, "local x = object.field return x"))  --> true	3
print(ring.run(3, "local t = {} object.field = t return t[1]"))  --> true	3
print(ring.run(3, "return object()"))  --> true	3
print(ring.run(3, "return object + 1, object .. 'x', -object"))  --> true	3	3	3
print(ring.run(3, "return object < other, object == other"))  --> true	true	true
print(ring.run(3, "return tostring(object)"))  --> true	ring 3
print(ring.run(3, "for i, n in iterator, nil, 0 do return n end"))  --> true	3
print(ring.run(3, "return pcall(current)"))  --> true	true	3
print(ring.run(3, "return select(2, xpcall(error, current))"))  --> true	3
print(ring.run(3, "return coroutine.wrap(current)()"))  --> true	3
print(ring.run(3, "return (string.gsub('x', 'x', current))"))  --> true	3
print(ring.run(3, "local t = {2, 1} table.sort(t, function(a, b) n = current() return a < b end) return n"))  --> true	3
print(ring.run(3, "return upvalue(), caller(current)"))  --> true	3	3
print(ring.run(3, "return table.foreach({1}, current)"))  --> true	3
print(ring.run(3, "return coroutine.resume(co)"))  --> true	false	cannot resume a coroutine of ring 2 from ring 3
print(ring.run(3, "return pcall(coroutine.close, co)"))  --> true	false	cannot close a coroutine of ring 2 from ring 3
print(ring.run(3, "return load(function() n = current() end) and n"))  --> true	3
print(ring.current())  --> 2	2
