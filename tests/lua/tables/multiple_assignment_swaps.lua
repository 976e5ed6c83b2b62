-- All right-hand sides are evaluated before any assignment.
local t = { 1, 2, 3 }
t[1], t[2], t[3] = t[3], t[1], t[2]
local a, b = 1, 2
a, b = b, a
print(t[1], t[2], t[3], a, b)  --> 3	1	2	2	1
