-- A wrapped coroutine is an iterator: begun, resumed and ended by the loop itself.
local function numbers(n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i, i % 2 == 0) end end)
end
local sum = 0
for i, square, even in numbers(50) do if even then sum = sum + square - i end end
print(sum)
for i in numbers(3) do for j in numbers(i) do io.write(i, ".", j, " ") end end
print()
local function walk(t) return coroutine.wrap(function()
  for _, v in ipairs(t) do
    if type(v) == "table" then for inner in walk(v) do coroutine.yield(inner) end else coroutine.yield(v) end
  end
end) end
for v in walk { 1, { 2, { 3, {}, 4 }, 5 }, 6 } do io.write(v, " ") end
print()
print(pcall(function() for x in coroutine.wrap(function() coroutine.yield(1) error("late", 0) end) do io.write(x, " ") end end))
--> 21450
--> 1.1 2.1 2.2 3.1 3.2 3.3 
--> 1 2 3 4 5 6 
--> 1 false	wrap_in_generic_loops.lua:17: late
