-- `function a.b.c:m()` defines a field deep inside tables.
local a = { b = { c = {} } }
function a.b.f(x) return x end
function a.b.c:m(x) return self == a.b.c, x end
print(a.b.f(1), a.b.c:m(2))  --> 1	true	2
