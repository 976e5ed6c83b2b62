-- In a gate the limit of the ring that made it holds, and a gate is not entered where too little is left for it.
local a, b = 100, 0
local plugin = ring.globals(3)
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
plugin.move = ring.gate(function(n, depth)
  a = a - n
  deep(depth or 100)
  coroutine.wrap(function() deep(100) end)()
  b = b + n
  return true
end)
local recurse = [[
  local last
  local function r(n)
    local ok, message = pcall(move, 1)
    if not ok then last = message end
    local x = r(n + 1)
    return x
  end
  local ok, message = pcall(r, 1)
  return ok, message, last
]]
print(ring.run(3, recurse, { fuel = 1e8, memory = 64e6, depth = 50 }))  --> true	false	plugin:5: stack overflow	stack overflow
print(a + b, b)  --> 100	47
a, b = 100, 0
print(ring.run(3, recurse, { fuel = 1e9, memory = 64e6 }))  --> true	false	plugin:5: stack overflow	stack overflow
print(a + b, b > 15000)  --> 100	true
-- A limit of its own is its maker's business, and the caller's holds again behind it.
print(ring.run(3, "move(1, 5000) local function f(n) return 1 + f(n + 1) end return pcall(f, 1)", { depth = 60 }))  --> true	false	plugin:1: stack overflow
print(ring.run(3, "local function f(n) if n == 0 then return move(1, 300) end local ok = f(n - 1) return ok end return f(40), pcall(f, 80)", { depth = 60 }))  --> true	true	false	plugin:1: stack overflow
-- So it is for a gate that replaces its caller.
print(ring.run(3, "return ring.run(3, function() return move(1, 5000) end, { depth = 10 })", { depth = 60 }))  --> true	true	true
print(ring.run(3, "local function f(n) return 1 + f(n + 1) end return move(1, 300), pcall(f, 1)", { depth = 60 }))  --> true	true	false	plugin:1: stack overflow
-- An error restores it as well.
plugin.fail = ring.gate(function() error("failed", 0) end)
print(ring.run(3, "local function f(n) return 1 + f(n + 1) end return pcall(fail), pcall(f, 1)", { depth = 60 }))  --> true	false	false	plugin:1: stack overflow
-- A gate of the plugin's own gives it nothing.
print(ring.run(3, "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return pcall(ring.gate(function() return f(100) end))", { depth = 60 }))  --> true	false	plugin:1: stack overflow
