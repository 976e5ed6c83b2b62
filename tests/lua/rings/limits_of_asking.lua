-- Hypercalls and bytes of output are counted for the ring that pays.
local function used(n) return select(3, ring.used(n)) end
local calls, bytes = used(2)
io.write("four\n")  --> four
local more_calls, more_bytes = used(2)
print(more_calls - calls, more_bytes - bytes)  --> 1	5
local say = ring.gate(function(text) io.write(text, "\n") end)
print(ring.run(3, function() return say("told") end))  --> told
--> true
print(used(3))  --> 1	5	0
ring.limit(3, { output = 8 })
local try = ring.gate(function(text) return pcall(print, text) end)
print(ring.run(3, function() return try("1234567") end))  --> 1234567
--> true	true
-- The gate's own ring pays what its caller cannot: the gate is never left half-way.
print(ring.run(3, function() return try("too much") end))  --> too much
--> true	true
print((select(2, used(3))))  --> 13
ring.limit(3, { hypercalls = 0 })
local own = ring.load(3, "return pcall(print, 'x')")
print(ring.run(3, own))  --> true	false	hypercall 'write' (console) is not granted to ring 3
print(pcall(ring.limit, 3, { output = -1 }))  --> false	bad argument #2 to '?' ('output' must be a number that is not negative)
print(pcall(ring.limit, 3, { refill = 1 }))  --> false	bad argument #2 to '?' ('refill' must be a table)
