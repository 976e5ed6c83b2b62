-- In 5.1 a position past the end leaves a hole.
local t = { 1 }
table.insert(t, 5, "x")
print(t[1], t[2], t[5])  --> 1	nil	x
