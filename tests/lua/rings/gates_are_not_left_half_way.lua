-- A gate that calls back what its caller gave it sees how that ends, also when fuel does, and goes on at its own expense.
local busy, calls = false, 0
ring.globals(3).gate = ring.gate(function(f)
  if busy then error("busy") end
  busy, calls = true, calls + 1
  local ok, message = pcall(f)
  busy = false
  return ok, message
end)
print(ring.run(3, "print(gate(function() while true do end end)) while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(busy, calls)  --> false	1
print(ring.run(3, "return gate(function() return 1 end)", { fuel = 1000 }))  --> true	true	1
-- A gate that does not catch it is left, as by any error.
ring.globals(3).open = ring.gate(function(f) f() return "not reached" end)
print(ring.run(3, "pcall(open, function() while true do end end) while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
-- The gate's ring pays for what it does after that.
local before = ring.used(2)
ring.globals(3).long = ring.gate(function(f) pcall(f) for i = 1, 1e4 do end calls = calls + 1 end)
print(ring.run(3, "long(function() while true do end end) while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(calls, ring.used(2) - before > 1e4)  --> 3	true
