-- Constant integer keys where the array part ends, with and without metatables.
local t = {}
print(t[1], t[2])
--> nil	nil
t[3] = "three"
t[1] = "one"
t[2] = "two"
print(t[1], t[2], t[3], t[4], #t)
--> one	two	three	nil	3
t[1000000] = "far"
print(t[1000000], t[999999])
--> far	nil
t[1000000] = nil
print(t[1000000], next({}))
--> nil	nil

local asked = {}
local u = setmetatable({}, {
  __index = function(_, k) asked[#asked + 1] = "get " .. k return k * 10 end,
  __newindex = function(t, k, v) asked[#asked + 1] = "set " .. k rawset(t, k, v) end,
})
print(u[1], u[7])
--> 10	70
u[1] = "a"
u[7] = "b"
u[1], u[7] = "c", "d"
print(u[1], u[7], table.concat(asked, ", "))
--> c	d	get 1, get 7, set 1, set 7
local v = setmetatable({}, { __index = { "from the class" } })
print(v[1], v[2])
--> from the class	nil
local w = setmetatable({ nil, nil, 3 }, {})
print(w[1], w[3], w[4])
--> nil	3	nil
w[1], w[4] = 1, 4
print(w[1], w[4])
--> 1	4

-- A constructor whose last item is a call makes slots for what comes.
local function values(n) if n > 0 then return n, values(n - 1) end end
for n = 0, 4 do
  local list = { "first", values(n) }
  print(#list, unpack(list))
end
--> 1	first
--> 2	first	1
--> 3	first	2	1
--> 4	first	3	2	1
--> 5	first	4	3	2	1
local nested = { { values(1) }, { values(2) }, values(3) }
print(#nested, #nested[1], #nested[2], nested[3], nested[5])
--> 5	1	2	3	1
local mixed = { key = "k", values(2) }
print(mixed.key, #mixed)
--> k	2
