-- Coroutines resume others, and each keeps its own place.
local function gen(name, n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(name .. i) end end)
end
local both = coroutine.wrap(function()
  local a, b = gen("a", 2), gen("b", 3)
  for _ = 1, 2 do coroutine.yield(a()) coroutine.yield(b()) end
  coroutine.yield(b())
end)
print(both(), both(), both(), both(), both())  --> a1	b1	a2	b2	b3
