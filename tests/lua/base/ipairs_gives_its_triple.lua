-- `ipairs` gives a function, the table and zero.
local t = { "a" }
local f, s, c = ipairs(t)
print(type(f), s == t, c)  --> function	true	0
print(f(t, 0))  --> 1	a
print(f(t, 1))  -->
