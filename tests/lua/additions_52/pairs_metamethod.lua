-- `pairs` calls `__pairs` with the value and returns three results.
local function walk(t)
  return function(_, n)
    if n < t.n then
      return n + 1, "item " .. n + 1
    end
  end, t, 0, "dropped"
end
local t = setmetatable({ n = 2 }, { __pairs = walk })
for k, v in pairs(t) do
  print(k, v)
end
--> 1	item 1
--> 2	item 2
print(select("#", pairs(t)))  --> 3
print(pairs(setmetatable({}, { __pairs = function() end })))  --> nil	nil	nil
debug.setmetatable(1, { __pairs = function(n) return "walk", n end })
print(pairs(5))  --> walk	5	nil
debug.setmetatable(1, nil)
print(pcall(pairs, 5))  --> false	bad argument #1 to '?' (table expected, got number)
print(next(t))  --> n	2
print(coroutine.wrap(function()
  return pairs(setmetatable({}, { __pairs = function() return coroutine.yield("yielded") end }))
end)())  --> yielded
print(pcall(pairs, setmetatable({}, { __pairs = function() error("own error", 0) end })))  --> false	own error
