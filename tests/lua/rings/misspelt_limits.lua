-- A name in a table of limits that no limit has is an error: it would limit nothing.
print(pcall(ring.run, 3, "return 1", { fule = 100 }))  --> false	bad argument #3 to '?' (unknown limit 'fule')
print(pcall(ring.run, 3, "return 1", { fuel = 100, Memory = 1e6 }))  --> false	bad argument #3 to '?' (unknown limit 'Memory')
print(pcall(ring.run, 3, "return 1", { hypercalls = 1 }))  --> false	bad argument #3 to '?' (unknown limit 'hypercalls')
print(pcall(ring.run, 3, "return 1", { 100 }))  --> false	bad argument #3 to '?' (unknown limit 1)
print(pcall(ring.run, 3, "return 1", { [true] = 100 }))  --> false	bad argument #3 to '?' (unknown limit true)
print(pcall(ring.run, 3, "return 1", { [{}] = 100 }))  --> false	bad argument #3 to '?' (unknown limit of type table)
print(ring.run(3, "return 1", { fuel = 100, memory = 1e6, depth = 10 }))  --> true	1
print(ring.run(3, "return 1", { fule = nil }))  --> true	1
-- Nothing of a wrong table is set.
print(pcall(ring.limit, 3, { fuel = 100, fule = 100 }))  --> false	bad argument #2 to '?' (unknown limit 'fule')
print(pcall(ring.limit, 3, { fuel = 100, refill = { evry = 1 } }))  --> false	bad argument #2 to '?' (unknown limit 'evry')
print(ring.left(3))  --> nil	nil	nil	nil	nil
ring.limit(3, { fuel = 1e6, memory = 1e7, depth = 50, hypercalls = 5, output = 6, messages = 7 })
print(select(3, ring.left(3)))  --> 5	6	7
ring.limit(3, { refill = { every = 10, amount = 20, most = 30 } })
print((ring.left(3)))  --> 30
-- Tables that would take long to look through are none of limits.
local large = { fuel = 100 }
for i = 1, 2000 do large[i] = i end
for i = 1, 2000 do large[i] = nil end
print(pcall(ring.run, 3, "return 1", large))  --> false	bad argument #3 to '?' (too large for a table of limits)
