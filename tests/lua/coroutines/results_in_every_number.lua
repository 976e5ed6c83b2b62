-- A resume and a wrapped function give as many values as are wanted, whoever asks.
local function body(...)
  local a, b = coroutine.yield(...)
  local rest = { coroutine.yield(a, b, nil) }
  coroutine.yield()
  return #rest, rest[1], nil
end
for _, count in ipairs { 0, 1, 3, 20 } do
  local list = {}
  for i = 1, count do list[i] = i * i end
  local co = coroutine.create(body)
  print(select("#", coroutine.resume(co, unpack(list))))
  local ok, one = coroutine.resume(co, "x", "y", "z")
  coroutine.resume(co, unpack(list))
  local none, nothing = coroutine.resume(co)
  print(ok, one, none, nothing, coroutine.resume(co))
end
local f = coroutine.wrap(body)
local a, b, c = f(1)
print(a, b, c, (f(2, 3)))
f("list")
print(f())
print(pcall(f))
--> 1
--> true	x	true	0	false	cannot resume dead coroutine
--> 2
--> true	x	true	1	false	cannot resume dead coroutine
--> 4
--> true	x	true	3	false	cannot resume dead coroutine
--> 21
--> true	x	true	20	false	cannot resume dead coroutine
--> 1	nil	nil	2
--> 1	list	nil
--> false	cannot resume dead coroutine
