-- A hook sees the call of yield, and its return when the coroutine is resumed.
local log = {}
local function hook(event)
  local info = debug.getinfo(2, "Sn")
  log[#log + 1] = event .. " " .. info.what .. " " .. tostring(info.name)
end
local function show()
  print(table.concat(log, ", "))
  log = {}
end
local co = coroutine.create(function(...)
  debug.sethook(hook, "cr")
  local x, y = coroutine.yield(1)
  local z = select("#", coroutine.yield(x, y))
  debug.sethook()
  return z
end)
print(coroutine.resume(co))  --> true	1
show()  --> return C sethook, call C yield
print(coroutine.resume(co, "a", "b"))  --> true	a	b
show()  --> return C yield, call C yield
print(coroutine.resume(co, 1, nil, nil))  --> true	3
show()  --> return C yield, call C select, return C select, call C sethook
-- A tail call of yield returns like another one, and the function that it has replaced after it.
co = coroutine.create(function(...)
  debug.sethook(hook, "cr")
  return coroutine.yield(...)
end)
print(coroutine.resume(co, "first"))  --> true	first
show()  --> return C sethook, call C yield
print(coroutine.resume(co, "second"))  --> true	second
show()  --> return C yield, return Lua nil
-- A hook that somebody else has set meanwhile sees the return as well.
co = coroutine.create(function() return (coroutine.yield()) end)
coroutine.resume(co)
debug.sethook(co, hook, "r")
print(coroutine.resume(co, "third"))  --> true	third
show()  --> return C yield, return Lua nil
-- Where the hook raises an error, it is raised at the yield.
co = coroutine.create(function() coroutine.yield() end)
coroutine.resume(co)
debug.sethook(co, function() error("hooked") end, "r")
print(coroutine.resume(co))  --> false	hooks_around_yields.lua:42: hooked
