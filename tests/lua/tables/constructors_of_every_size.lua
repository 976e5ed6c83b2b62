-- A constructor makes the entries it names, however many there are and wherever they come from.
local function list(...) return { ... } end
local function both(...) return { x = 1, ..., y = 2, ... } end
print(#list(), #list(nil), #list(1, 2, 3), #list(unpack({}, 1, 60)), #both(5, 6), both(5, 6)[3])
local t = { 1, 2, nil, 4, n = 4, [10] = "ten", ["k" .. 1] = true, list(1, 2), list(3, 4) }
print(t[4], t.n, t[10], t.k1, t[5][2], t[6][1], t[3])
local wide = { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k = 11, l = 12, m = 13, n = 14, o = 15, p = 16, q = 17 }
local sum = 0
for _, v in pairs(wide) do sum = sum + v end
print(sum)
local long = { 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53 }
print(#long, long[1], long[50], long[51], long[53], long[54])
local nested = { { { {} } }, { x = { y = { z = 1 } } } }
print(#nested, nested[2].x.y.z, next(nested[1][1][1]))
for i = 1, 3 do local r = { id = i, name = "n" .. i, next = i > 1 and t or nil } print(r.id, r.name, r.next == t) r.extra = i assert(r.extra == i and r.id == i) end
--> 0	0	3	0	3	6
--> 4	4	ten	true	2	3	nil
--> 153
--> 53	1	50	51	53	nil
--> 2	1	nil
--> 1	n1	false
--> 2	n2	true
--> 3	n3	true
