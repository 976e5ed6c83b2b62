-- Fields of fields are read and written in place.
local t = { a = { b = { c = 1 } } }
t.a.b.d = t.a.b.c + 1
t.a["b"].c = t.a.b.d * 10
print(t.a.b.c, t.a.b.d, t.a.x)  --> 20	2	nil
