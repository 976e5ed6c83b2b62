-- Who runs out of memory of its own is stopped, and its memory is free for it again once it is garbage.
for i = 1, 3 do
  print(ring.run(3, "local t = {} for i = 1, 1e7 do t[i] = {} end", { fuel = 1e8, memory = 1e6 }))
end
--> false	not enough memory
--> false	not enough memory
--> false	not enough memory
print(ring.run(3, "pcall(string.rep, 'x', 1e7) return 'caught'", { fuel = 1e8, memory = 1e6 }))  --> false	not enough memory
print(ring.run(3, "local s = 'x' while true do s = s .. s end", { fuel = 1e8, memory = 1e6 }))  --> false	not enough memory
print(ring.run(3, "kept = ('x'):rep(2e5) return #kept", { fuel = 1e8, memory = 1e6 }))  --> true	200000
local _, bytes = ring.used(3)
print(bytes >= 2e5)  --> true
ring.globals(3).kept = nil
collectgarbage()
print(bytes - select(2, ring.used(3)) >= 2e5)  --> true
-- What the program allocates is not the plugin's, even if the plugin holds it.
ring.globals(3).give = ring.gate(function() return ("y"):rep(10) end)
print(ring.run(3, "return give()", { memory = 1e5 }))  --> true	yyyyyyyyyy
ring.limit(3, { memory = 2e5 })
print(ring.run(3, "local t = {} for i = 1, 1e5 do t[i] = {} end", { fuel = 1e8 }))  --> false	not enough memory
ring.limit(3, { memory = 1e7 })
print(ring.run(3, "local t = {} for i = 1, 1e4 do t[i] = {} end return #t", { fuel = 1e8 }))  --> true	10000
