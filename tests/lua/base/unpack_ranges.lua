-- `unpack` takes a first and a last index.
local t = { "a", "b", "c", "d" }
print(unpack(t))  --> a	b	c	d
print(unpack(t, 2))  --> b	c	d
print(unpack(t, 2, 3))  --> b	c
print(unpack(t, 4, 6))  --> d	nil	nil
print(select("#", unpack(t, 3, 2)), select("#", unpack({}, 1, 3)))  --> 0	3
