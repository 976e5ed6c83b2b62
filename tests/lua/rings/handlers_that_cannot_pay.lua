-- A message handler that is stopped ends the error that it was called for: whoever catches that gets the error of the stop.
local plugin = ring.globals(3)
local function stopped(...)
  ring.limit(3, { fuel = 1000 })
  print(...)
end
local spin = ring.load(3, "while true do end")
ring.limit(3, { fuel = 1000 })
print(xpcall(error, spin))  --> false	fuel exhausted (ring 3)
-- It cannot even begin then.
print(xpcall(error, spin))  --> false	fuel exhausted (ring 3)
print(xpcall(function() local x = nil + 1 end, spin))  --> false	handlers_that_cannot_pay.lua:12: fuel exhausted (ring 3)
-- What has raised the error may be the plugin itself that is used up.
stopped(xpcall(spin, spin))  --> false	fuel exhausted (ring 3)
stopped(xpcall(error, function() return spin() end))  --> false	fuel exhausted (ring 3)
stopped(xpcall(error, function() local x = spin() return x end))  --> false	error in error handling
stopped(xpcall(error, function() return select(2, pcall(spin)) end))  --> false	fuel exhausted (ring 3)
-- In a coroutine, in a handler, in a gate, and where nothing bounds the call itself.
stopped(coroutine.wrap(function() return xpcall(error, spin) end)())  --> false	fuel exhausted (ring 3)
stopped(xpcall(error, function() return xpcall(error, spin) end))  --> false	false
stopped(coroutine.resume(coroutine.create(function() xpcall(error, spin) error("goes on") end)))  --> false	handlers_that_cannot_pay.lua:21: goes on
plugin.gate = ring.gate(function(h) local ok, message = xpcall(error, h) seen = tostring(message) return ok, message end)
print(ring.run(3, "gate(function() while true do end end) while true do end", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
print(seen)  --> fuel exhausted (ring 3)
plugin.caught = function(h) return xpcall(error, h) end
print(ring.run(3, "return caught(function() while true do end end)", { fuel = 1000 }))  --> false	fuel exhausted (ring 3)
-- The same with memory, in handlers that replace themselves and that resume.
local fill = ring.load(3, "local t = {} while true do t[#t + 1] = {} end")
local before = select(2, ring.used(3))
ring.limit(3, { fuel = 1e9, memory = before + 3e5 })
print(xpcall(error, fill))  --> false	not enough memory
print(xpcall(error, ring.load(3, "local f = ... return (function() local t = {} while true do t[#t + 1] = {} end end)()")))  --> false	not enough memory
print(xpcall(error, ring.load(3, "return coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end end)()")))  --> false	not enough memory
print((ring.run(3, "gate(function() local t = {} while true do t[#t + 1] = {} end end) return 1", { fuel = 1e9, memory = 2e5 })), seen)  --> true	not enough memory
