-- Whoever raises an error pays for what it leaves, as long as it can; whoever is stopped has left all the same.
local plugin = ring.globals(3)
local made
plugin.keep = ring.gate(function(a) made[#made + 1] = a end)
local names = {}
for i = 1, 40 do names[i] = "v" .. i end
local list, values = table.concat(names, ", "), ("n, "):rep(39) .. "n"
local make = ring.load(3, [[
  local last, rest = ...
  local function deep(n)
    local ]] .. list .. " = " .. values .. [[

    keep(function() v1 = v1 + 1 return ]] .. list .. [[ end)
    if n == 0 then return last() end
    return 1 + deep(n - 1)
  end
  return deep]], "=deep")
local spin = ring.load(3, "while true do end")
local fails = ring.load(3, "error('oh', 0)")

local function try(how, last)
  made = {}
  ring.limit(3, { fuel = 1e9 })
  local before, own = ring.used(3), ring.used(2)
  print(how(make(last), 200))
  ring.limit(3, { fuel = 1e9 })
  local paid, paid_here = ring.used(3) - before, ring.used(2) - own
  local sum = 0
  for i, f in ipairs(made) do
    assert(f() == 202 - i and select(40, f()) == 201 - i, i)
    sum = sum + f()
  end
  -- Without what is closed it is 13000 units until the error.
  print(#made, sum, paid >= 13500, paid >= 15000, paid_here >= 1500)
end

-- An error: 8000 variables are 2000 units, of the plugin.
try(function(f, n) return ring.run(3, f, { fuel = 1e6, memory = 6e7 }, n) end, fails)
--> false	oh
--> 201	20703	true	true	false
try(pcall, fails)
--> false	oh
--> 201	20703	true	true	false
try(function(f, n) return xpcall(function() return f(n) end, function(e) return e .. "!" end) end, fails)
--> false	oh!
--> 201	20703	true	true	false
-- Its fuel ends while they are closed: the rest is paid by whoever goes on.
try(function(f, n) return ring.run(3, f, { fuel = 13500, memory = 6e7 }, n) end, fails)
--> false	oh
--> 201	20703	true	false	true
-- It is stopped.
try(function(f, n) return ring.run(3, f, { fuel = 5e4, memory = 6e7 }, n) end, spin)
--> false	fuel exhausted (ring 3)
--> 201	20703	true	true	true
try(function(f, n) return ring.run(3, function(...) return pcall(f, ...) end, { fuel = 5e4, memory = 6e7 }, n) end, spin)
--> false	fuel exhausted (ring 3)
--> 201	20703	true	true	true
try(function(f, n) return ring.run(3, function(...) return coroutine.wrap(f)(...) end, { fuel = 5e4, memory = 6e7 }, n) end, spin)
--> false	fuel exhausted (ring 3)
--> 201	20703	true	true	false
-- It is stopped where the program called it, by a handler too.
local function few(f)
  return function(...)
    ring.limit(3, { fuel = 5e4 })
    return f(...)
  end
end
try(few(function(f, n) return pcall(function() return 1 + f(n) end) end), spin)
--> false	many_variables_of_what_a_ring_leaves.lua:68: fuel exhausted (ring 3)
--> 201	20703	true	true	true
try(few(function(f, n) return xpcall(function() return 1 + f(n) end, function(e) return e .. "!" end) end), spin)
--> false	many_variables_of_what_a_ring_leaves.lua:71: fuel exhausted (ring 3)!
--> 201	20703	true	true	true
try(few(function(f, n) return xpcall(error, function() return f(n) end) end), spin)
--> false	fuel exhausted (ring 3)
--> 201	20703	true	true	true
try(few(function(f, n)
  local t = setmetatable({}, { __index = function(_, k) return 1 + f(k) end })
  return pcall(function() return t[n] end)
end), spin)
--> false	many_variables_of_what_a_ring_leaves.lua:78: fuel exhausted (ring 3)
--> 201	20703	true	true	true
try(few(function(f, n) return coroutine.resume(coroutine.create(f), n) end), spin)
--> false	fuel exhausted (ring 3)
--> 201	20703	true	true	false
-- A finalizer of it ends.
plugin.newproxy = newproxy
local final = ring.load(3, [[
  local f, n = ...
  getmetatable(newproxy(true)).__gc = function() f(n) end]])
for _, last in ipairs { fails, spin } do
  try(function(f, n)
    ring.limit(3, { fuel = 5e4 })
    final(f, n)
    return pcall(collectgarbage)
  end, last)
end
--> true	0
--> 201	20703	true	true	false
--> true	0
--> 201	20703	true	true	true
