-- A gate whose caller has no memory left is not left half-way: the ring that made it pays for the rest.
local a, b = 100, 0
local plugin = ring.globals(3)
local work
plugin.move = ring.gate(function(n)
  a = a - n
  work()
  b = b + n
  return true
end, 3, { "number" })
local greedy = [[
  local t = {}
  for i = 1, 100 do
    pcall(move, 1)
    t[i] = ("x"):rep(20000) .. i
  end
]]
local function try(name, f)
  a, b, work = 100, 0, f
  collectgarbage()
  local ok, message = ring.run(3, greedy, { fuel = 1e9, memory = 3e5 })
  print(name, ok, message, a + b, b > 0)
end
try("tables", function() local t = {} for i = 1, 5000 do t[i] = {} end end)  --> tables	false	not enough memory	100	true
try("strings", function() local t = {} for i = 1, 100 do t[i] = ("y"):rep(5000) .. i end end)  --> strings	false	not enough memory	100	true
try("one string", function() return #("y"):rep(1e6) end)  --> one string	false	not enough memory	100	true
try("concatenation", function() local s = "z" for i = 1, 20 do s = s .. s end end)  --> concatenation	false	not enough memory	100	true
try("concat", function() local t = {} for i = 1, 2000 do t[i] = ("y"):rep(300) end return #table.concat(t) end)  --> concat	false	not enough memory	100	true
try("gsub", function() return #("abc"):rep(2000):gsub("b", function() return "dd" end) end)  --> gsub	false	not enough memory	100	true
try("stack", function() local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end f(3000) end)  --> stack	false	not enough memory	100	true
try("values", function() local t = {} for i = 1, 3000 do t[i] = i end return select("#", unpack(t)) end)  --> values	false	not enough memory	100	true
try("coroutines", function() local t = {} for i = 1, 80 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end end)  --> coroutines	false	not enough memory	100	true
try("insert", function() local t = {} for i = 1, 5000 do table.insert(t, 1.5) end end)  --> insert	false	not enough memory	100	true
try("sort", function() local t = {} for i = 1, 200 do t[i] = tostring(-i) end table.sort(t, function(x, y) return x < y end) end)  --> sort	false	not enough memory	100	true
-- The caller is stopped then, also if it needs nothing more itself: it does not work at the gate's expense.
local calls = 0
plugin.work = ring.gate(function()
  local s = ("y"):rep(1e6)
  for i = 1, 1e4 do end
  calls = calls + 1
end)
local before = ring.used(2)
print(ring.run(3, "while true do work() end", { fuel = 1e5, memory = 3e5 }))  --> false	not enough memory
print(ring.run(3, "while true do ring.run(3, work) end", { fuel = 1e5, memory = 3e5 }))  --> false	not enough memory
print(ring.run(3, "while true do pcall(coroutine.wrap(function() work() end)) end", { fuel = 1e5, memory = 3e5 }))  --> false	not enough memory
print(calls, ring.used(2) - before < 1e5)  --> 3	true
-- What it calls back is still its caller's, and stopped at that call.
plugin.back = ring.gate(function(f) a = a - 1 local ok, message = pcall(f) b = b + 1 return message end)
a, b = 100, 0
print(ring.run(3, "return (back(function() local t = {} while true do t[#t + 1] = {} end end))", { fuel = 1e9, memory = 3e5 }))  --> true	not enough memory
print(a + b)  --> 100
