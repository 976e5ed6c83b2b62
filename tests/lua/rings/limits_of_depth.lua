-- A call by ring.run has as many activations as its limit says, and so have coroutines that it makes together with it.
local down = ring.load(3, [[
  local function down(n) if n == 0 then return "ground" end return (down(n - 1)) end
  return down(...)
]])
local function run(depth, n) return ring.run(3, down, { depth = depth }, n) end
print(run(51, 50))  --> true	ground
print(run(50, 50))  --> false	plugin:1: stack overflow
print(run(300, 299))  --> true	ground
print(run(300, 300))  --> false	plugin:1: stack overflow
print(run(1, 0))  --> true	ground
-- It does not matter how deep the caller is, and the caller goes on as before.
local function deeper(n)
  if n > 0 then local ok, what = deeper(n - 1) return ok, what end
  local ok, what = run(51, 50)
  return ok and not run(50, 50), what
end
print(deeper(10))  --> true	ground
print(deeper(1000))  --> true	ground
local function count(n) if n == 0 then return 0 end return 1 + count(n - 1) end
print(count(5000))  --> 5000
-- The plugin can catch it, as any overflow.
print(ring.run(3, "local function f() return 1 + f() end return pcall(f)", { depth = 100 }))  --> true	false	plugin:1: stack overflow
print(ring.run(3, "local function f() return 1 + f() end return select(2, xpcall(f, function(m) return #m end))", { depth = 100 }))  --> true	24
-- Limits nest.
print(ring.run(3, [[
  local function down(n) if n == 0 then return "ground" end return (down(n - 1)) end
  return ring.run(3, down, { depth = 1000 }, 60), ring.run(3, down, { depth = 30 }, 10), (ring.run(3, down, { depth = 30 }, 40))
]], { depth = 50 }))  --> true	false	true	false
-- A coroutine has what its maker had left.
print(ring.run(3, [[
  local function down(n) if n == 0 then return "ground" end return (down(n - 1)) end
  local function inside(n) return coroutine.wrap(function() return (down(n)) end)() end
  return inside(40), (pcall(inside, 60))
]], { depth = 50 }))  --> true	ground	false
-- What is set for good is what a call gets that says nothing, and the most that it gets.
ring.limit(3, { depth = 20 })
print(ring.run(3, down, nil, 19))  --> true	ground
print(ring.run(3, down, nil, 20))  --> false	plugin:1: stack overflow
print((run(1000, 20)))  --> false
-- What needs no activation of its own works at the very end as well.
print(ring.run(3, [[
  local function down(n) if n == 0 then return #("x"):rep(3) .. tostring(math.floor(2.5)) end return (down(n - 1)) end
  return down(18)
]]))  --> true	32
