-- What a collection in a finalizer calls runs in the ring of its maker, and only errors of its own ring come back.
local log = {}
local function record(name) log[#log + 1] = name .. " " .. ring.current() end
ring.globals(3).newproxy = newproxy
ring.globals(3).record = record
-- Held until it is time, so that all of it is due at once.
local held = {}
local function dies(act)
  local u = newproxy(true)
  getmetatable(u).__gc = act
  held[#held + 1] = u
end
local plugin = [[
  local u = newproxy(true)
  getmetatable(u).__gc = function() record("plugin") error("none of yours") end
  return u
]]
local function drop()
  held = nil
  collectgarbage()
  held = {}
end
local function hold(ok, u) held[#held + 1] = u return ok end
dies(function() record("last") end)
print(hold(ring.run(3, plugin)))  --> true
dies(function()
  record("first")
  print(pcall(collectgarbage))  --> true	0
  record("back")
end)
print(pcall(drop))  --> true
print(table.concat(log, ", "))
--> first 2, plugin 3, last 2, back 2
