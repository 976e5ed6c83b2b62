-- A finalizer runs in the ring that has made its userdata, whoever allocates when it is due: a plugin can neither break
-- it nor be broken by it, and neither pays for the other.
local log, kept = {}, nil
local function proxy(finalizer)
  kept = newproxy(true)
  getmetatable(kept).__gc = finalizer
end
-- Only while the plugin runs nobody has the userdata any more.
ring.globals(3).drop = ring.gate(function() kept = nil end)
local litter = "drop() local t for i = 1, 20000 do t = {} end return (ring.current())"
proxy(function() log[#log + 1] = (ring.current()) ring.globals(3) end)
print(ring.run(3, litter, { fuel = 1e6 }))  --> true	3
collectgarbage()
print(log[1])  --> 2

-- What it does not come to an end with is no error of the plugin's, and nobody is left half-way.
local state
proxy(function() state = "begun" for i = 1, 1e5 do end state = "over" error("nobody hears this") end)
print(ring.run(3, litter, { fuel = 2e5 }))  --> true	3
collectgarbage()
print(state)  --> over
proxy(5)
print(ring.run(3, litter, { fuel = 2e5 }))  --> true	3
print(pcall(collectgarbage))  --> true	0

-- A file is closed.
local name = os.tmpname()
kept = io.open(name, "w")
kept:write("data")
print(ring.run(3, litter, { fuel = 2e5 }))  --> true	3
collectgarbage()
print(io.open(name):read("*a"))  --> data
os.remove(name)

-- Finalizers of a plugin are no business of the program's: not their errors, nor that their fuel ends, nor yields.
ring.globals(3).newproxy = newproxy
ring.globals(3).log = log
ring.globals(3).keep = ring.gate(function(v) kept = v end)
local plugin = [[
  local all = {}
  local finalizers = {
    function() error("in a finalizer") end,
    function() while true do end end,
    function() coroutine.yield("from a finalizer") end,
    print,
    coroutine.yield,
    function() log[2] = (ring.current()) end,
  }
  for i = 1, #finalizers do
    all[i] = newproxy(true)
    getmetatable(all[i]).__gc = finalizers[i]
  end
  keep(all)
]]
ring.limit(3, { fuel = 1e6 })
print(ring.run(3, plugin))  --> true
print(coroutine.wrap(function() kept = nil collectgarbage() return "on" end)())  --> on
ring.limit(3, { fuel = 1e6 })
collectgarbage()
print(log[2], (ring.current()))  --> 3	2
