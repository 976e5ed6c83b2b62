-- A plugin is stopped in functions, loops, coroutines, callbacks and gates, always at the same instruction.
local trace, sum = {}, 0
local plugin = ring.globals(3)
plugin.note = ring.gate(function(x) trace[#trace + 1] = x sum = (sum * 31 + x) % 1e9 return #trace end)
plugin.check = function(x) return x % 3 == 0 and #tostring(x) or nil end
plugin.object = setmetatable({}, { __add = function(a, b) return plugin.check(b) or 0 end, __index = function(t, k) return k end })
local work = ring.load(3, [[
  local limit = ...
  local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
  local function all(...) return select("#", ...) end
  for i = 1, 1e9 do
    pcall(deep, i % 20)
    if check(i) then note(i) end
    local s = ("x"):rep(i % 50):gsub("x", { x = "y" }):gsub("y", function(c) return c .. c end)
    if i % 7 == 0 then coroutine.wrap(function() note(-i) coroutine.yield() end)() end
    local t = { i, i + 1, i + 2 }
    table.sort(t, function(a, b) return a > b end)
    for k, v in pairs(t) do t[k] = object + v end
    for k, v in ipairs(t) do t[k] = object[v] end
    repeat local x = all(unpack(t)) until x == 3 or x == nil
  end]])
for i = 1, 60 do
  local ok, why = ring.run(3, work, { fuel = 97 * i + i * i })
  assert(not ok and why == "fuel exhausted (ring 3)", why)
  pcall(ring.run, 3, function() return ring.run(3, work, { fuel = 1e6 }) end, { fuel = 77 * i })
end
print(#trace, sum, (ring.used(3)))
--> 544	149020046	393130
