-- A loop of jumps yields like any other, and each turn has its own variables.
local generator = coroutine.wrap(function(n)
  ::next::
  do
    if n == 0 then goto done end
    local m = n
    coroutine.yield(function() return m end)
    n = n - 1
    goto next
  end
  ::done::
  return "end"
end)
local three, two, one = generator(3), generator(), generator()
print(three(), two(), one(), generator())  --> 3	2	1	end
