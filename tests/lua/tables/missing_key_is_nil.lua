-- Reading a key that was never set gives nil and creates nothing.
local t = {}
print(t.x, t[1], t[true], t[1.5], next(t))  --> nil	nil	nil	nil	nil
