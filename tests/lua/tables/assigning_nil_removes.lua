-- A key set to nil is gone from traversal.
local t = { a = 1 }
t.a = nil
print(next(t), t.a)  --> nil	nil
t[1] = nil
print(next(t))  --> nil
