-- A coroutine of a ring that is used up dies of that, if code further inside has resumed it, which gets the error.
local plugin = ring.globals(3)
local function broke(source)
  local f = ring.load(3, source)
  return function(...)
    ring.limit(3, { fuel = 10000 })
    return f(...)
  end
end
local spin = broke("return coroutine.create(function(...) coroutine.yield(...) while true do end end)")
local wrap = broke("return coroutine.wrap(function(...) while true do end end)")
local co = spin()
print(coroutine.resume(co, 1))  --> true	1
print(coroutine.resume(co))  --> false	fuel exhausted (ring 3)
print(coroutine.status(co), coroutine.resume(co))  --> dead	false	cannot resume dead coroutine
-- Wherever it is resumed from.
print(pcall(wrap()))  --> false	fuel exhausted (ring 3)
print(pcall(function() for x in wrap() do end end))  --> false	coroutines_that_cannot_pay.lua:18: fuel exhausted (ring 3)
print(pcall(table.sort, { 3, 2, 1 }, wrap()))  --> false	fuel exhausted (ring 3)
print(pcall(string.gsub, "x", "x", wrap()))  --> false	fuel exhausted (ring 3)
print(pcall(function() return setmetatable({}, { __index = wrap() }).x end))  --> false	coroutines_that_cannot_pay.lua:21: fuel exhausted (ring 3)
print(xpcall(error, wrap()))  --> false	error in error handling
print(coroutine.resume(coroutine.create(function() return "own", pcall(wrap()) end)))  --> true	own	false	fuel exhausted (ring 3)
print(pcall(coroutine.wrap(function() return wrap()() end)))  --> false	coroutines_that_cannot_pay.lua:24: fuel exhausted (ring 3)
-- Inside it the plugin cannot catch that, nor in coroutines that it resumes itself.
local nested = broke("return coroutine.wrap(function() while true do pcall(coroutine.wrap(function() while true do pcall(error) end end)) end end)")
print(pcall(nested()))  --> false	fuel exhausted (ring 3)
-- A gate that resumes what its caller gave it sees it as well; elsewhere the caller of the ring is told.
ring.limit(3, { fuel = 1e6 })
plugin.gate = ring.gate(function(c) ok, message = coroutine.resume(c) return ok end)
print(ring.run(3, "gate(coroutine.create(function() while true do end end)) while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(ok, message)  --> false	fuel exhausted (ring 3)
print(ring.run(3, "coroutine.wrap(function() while true do end end)()", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
-- Fuel that comes back serves the next one.
ring.limit(3, { refill = { every = 1000, amount = 100, most = 5000 } })
local make = ring.load(3, "return coroutine.wrap(function() local n = 0 while true do n = n + 1 if n % 500 == 0 then coroutine.yield(n) end end end)")
local ends = 0
for i = 1, 5 do
  local c = make()
  while pcall(c) do end
  ends = ends + 1
  for i = 1, 5000 do end
end
print(ends)  --> 5
-- The same with memory.
ring.limit(3, { refill = { every = 0 } })
ring.limit(3, { fuel = 1e9, memory = select(2, ring.used(3)) + 3e5 })
local fill = ring.load(3, "return coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end end)")
print(pcall(fill()))  --> false	not enough memory
