-- `newproxy` makes bare userdata, with a new or a shared metatable.
local a, b = newproxy(), newproxy(true)
local c = newproxy(b)
print(type(a), getmetatable(a), getmetatable(b) == getmetatable(c), a == b, b == c)  --> userdata	nil	true	false	false
