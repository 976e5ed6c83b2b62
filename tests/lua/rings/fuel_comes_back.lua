-- A ring whose fuel comes back gets some after each period of the time that the guest uses, up to what it may have.
ring.limit(3, { refill = { every = 10000, amount = 500, most = 2000 } })
local work = ring.load(3, "local n = 0 for i = 1, ... do n = n + 1 end return n")
print(pcall(work, 100))  --> true	100
local spin = ring.load(3, "while true do end")
print(pcall(spin))  --> false	fuel exhausted (ring 3)
print(pcall(work, 1))  --> false	fuel exhausted (ring 3)
-- Time goes by in the program.
for i = 1, 11000 do end
print(pcall(work, 100))  --> true	100
print(pcall(spin))  --> false	fuel exhausted (ring 3)
for i = 1, 1e6 do end
local before = ring.used(3)
print(pcall(spin))  --> false	fuel exhausted (ring 3)
local used = ring.used(3) - before
print(used >= 2000 and used < 2100)  --> true
-- A call with a limit of its own does not grow by it, and is paid out of what there is.
for i = 1, 1e6 do end
before = ring.used(3)
print(ring.run(3, spin, { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ring.run(3, "for i = 1, 100 do end return 'more'"))  --> true	more
print(ring.run(3, spin))  --> false	fuel exhausted (ring 3)
used = ring.used(3) - before
print(used >= 2000 and used < 2200)  --> true
-- It ends when somebody says so.
ring.limit(3, { refill = {}, fuel = 100 })
for i = 1, 1e5 do end
print(pcall(spin))  --> false	fuel exhausted (ring 3)
for i = 1, 1e5 do end
print(pcall(work, 1))  --> false	fuel exhausted (ring 3)
