-- A gate runs with the rights of who made it, for who is let in, on arguments of the right types.
local log = {}
local plugin = ring.globals(3)
plugin.note = ring.gate(function(text, n)
  log[#log + 1] = text
  return (ring.current()), ring.caller(), select(2, ring.current()), n
end, 3, { "string", "number?" })
print(ring.run(3, "return note('hello', 1)"))  --> true	2	3	3	1
print(ring.run(3, "return note('again')"))  --> true	2	3	3	nil
print(ring.run(3, "return note({})"))  --> false	plugin:1: bad argument #1 to 'note' (string expected, got table)
print(ring.run(3, "return note('x', 1, 2)"))  --> false	plugin:1: this gate takes 2 arguments
print(table.concat(log, " "))  --> hello again
-- A gate that is not open to ring 3.
plugin.inner = ring.gate(function() return 1 end, 2)
print(ring.run(3, "return inner()"))  --> false	plugin:1: this gate is closed to ring 3
print(plugin.inner())  --> 1
-- Errors go through, and the caller is back in its ring.
plugin.fails = ring.gate(function() error("inside", 0) end)
print(ring.run(3, "return pcall(fails)"))  --> true	false	inside
print(ring.run(3, "pcall(fails) return (ring.current())"))  --> true	3
-- What a gate calls for its caller runs in the caller's ring.
plugin.apply = ring.gate(function(f) return f(), (ring.current()) end)
print(ring.run(3, "return apply(function() return (ring.current()) end)"))  --> true	3	2
-- A gate is not left half-way: who made it pays for what its caller cannot.
local done = 0
plugin.work = ring.gate(function() for i = 1, 1e4 do end done = done + 1 return done end)
print(ring.run(3, "work() for i = 1, 2 do end return 'not reached'", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(done)  --> 1
-- Its caller also pays for what it runs with limits.
plugin.runs = ring.gate(function() return ring.run(2, function() return ring.current() end) end)
print(ring.run(3, "return runs()"))  --> true	true	2	3
-- A gate can yield.
plugin.wait = ring.gate(function(x) return coroutine.yield(x) end)
local co = coroutine.wrap(ring.load(3, "return wait('w'), (ring.current())"))
print(co())  --> w
print(co("back"))  --> back	3
print((ring.current()))  --> 2
print(pcall(ring.gate, 1))  --> false	bad argument #1 to '?' (function expected, got number)
print(pcall(ring.gate, print, 3, { "strong" }))  --> false	bad argument #3 to '?' (unknown type at index 1)
