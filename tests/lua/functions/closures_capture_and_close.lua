-- Closures share what they capture until the block ends, then keep it for themselves.
local list = {}
for i = 1, 4 do
  local x, y = i, i * 10
  list[i] = { add = function(d) x = x + d; y = y - d; return x, y end, get = function() return x, y, i end }
  if i == 3 then x = 100 end
end
for i = 1, 4 do list[i].add(i) print(list[i].get()) end
local function counter()
  local n = 0
  local function up() n = n + 1; return n end
  return up, function() return n end, function(m) n = m end
end
local up, get, set = counter()
up() up() set(10) print(up(), get())
local function deep(a) return function(b) return function(c) a, b, c = c, a, b; return a, b, c end end end
local f = deep(1)(2)
print(f(3)) print(f(4))
local function recursive(n) if n == 0 then return 0 end local m = n; local g = function() return m end return g() + recursive(n - 1) end
print(recursive(50))
local fs = {}
while #fs < 3 do local v = #fs; fs[#fs + 1] = function() v = v + 1; return v end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
repeat local last = "kept"; fs[4] = function() return last end until last
print(fs[4]())
local function many() local a, b, c, d = 1, 2, 3, 4; return function() d, c, b, a = a, b, c, d return a .. b .. c .. d end end
local m = many() print(m(), m(), (many()()))
--> 2	9	1
--> 4	18	2
--> 103	27	3
--> 8	36	4
--> 11	11
--> 3	1	2
--> 4	3	1
--> 1275
--> 1	2	2	3
--> kept
--> 4321	1234	4321
