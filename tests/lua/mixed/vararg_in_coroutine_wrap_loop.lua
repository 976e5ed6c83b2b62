-- Varargs of a coroutine body survive several yields.
local f = coroutine.wrap(function(...)
  for i = 1, select("#", ...) do coroutine.yield((select(i, ...)), ...) end
  return "end", ...
end)
print(f("a", nil, "c"))  --> a	a	nil	c
print(f())  --> nil	a	nil	c
print(f())  --> c	a	nil	c
print(f())  --> end	a	nil	c
