-- Who runs out of fuel is stopped, cannot catch that, and everybody else goes on.
print(ring.run(3, "while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "while true do pcall(function() while true do end end) end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "local co = coroutine.wrap(function() while true do end end) pcall(co)", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "local function f() return f() end f()", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "local function f() f() end pcall(f) pcall(f) while true do end", { fuel = 1e5 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "return #('x'):rep(1e6)", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))", { fuel = 10000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "local t = {} for i = 1, 300 do t[i] = -i end table.sort(t, function(a, b) return a < b end) return 'sorted'", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "for i = 1, 10 do end return 'done'", { fuel = 1000 }))  --> true	done
-- Limits nest: the smaller one counts, and what is used inside is used outside.
print(ring.run(3, [[
  local ok, message = ring.run(3, "while true do end", { fuel = 500 })
  return ok, message, select(2, ring.run(3, "return 1", { fuel = 500 }))
]], { fuel = 5000 }))  --> true	false	fuel exhausted (ring 3)	1
print(ring.run(3, [[ring.run(3, "while true do end", { fuel = 1e9 }) return 1]], { fuel = 5000 }))  --> false	fuel exhausted (ring 3)
-- An error in between restores the limits as well.
print(ring.run(3, "error('no', 0)", { fuel = 1000 }))  --> false	no
print(ring.run(3, "local n = 0 for i = 1, 1e4 do n = n + 1 end return n"))  --> true	10000
-- The account of a ring can be limited for good, and be filled again.
local spin = ring.load(3, "while true do end")
ring.limit(3, { fuel = 2000 })
print(pcall(spin))  --> false	fuel exhausted (ring 3)
print(pcall(ring.load(3, "return 1")))  --> false	fuel exhausted (ring 3)
ring.limit(3, { fuel = 2000 })
print(pcall(ring.load(3, "return 1")))  --> true	1
print(coroutine.resume(coroutine.create(spin)))  --> false	fuel exhausted (ring 3)
print((ring.current()))  --> 2
