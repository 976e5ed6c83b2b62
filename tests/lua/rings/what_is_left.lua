-- Code sees what its ring may still use, and nothing of rings further inside.
print(ring.left(2))  --> nil	nil	nil	nil	nil
print(ring.left(3))  --> nil	nil	nil	nil	nil
local plugin = [[
    local fuel, memory, calls = ring.left(3)
    for i = 1, 1000 do end
    local rest = ring.left(3)
    return fuel <= 5000 and fuel > 4900, fuel - rest, memory <= 262144, calls, pcall(ring.left, 2)
]]
print(ring.run(3, plugin, { fuel = 5000, memory = 262144 }))  --> true	true	1009	true	nil	false	bad argument #1 to '?' (ring 2 is closed to ring 3)
ring.limit(3, { hypercalls = 7, output = 20 })
print(select(3, ring.left(3)))  --> 7	20	nil
-- A plugin can stop before it is stopped.
print(ring.run(3, "local n = 0 while ring.left(3) > 500 do n = n + 1 end return n > 100", { fuel = 9000 }))  --> true	true
