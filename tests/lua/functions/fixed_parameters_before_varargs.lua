-- Fixed parameters take the first arguments and `...` the rest.
local function f(a, b, ...) return a, b, select("#", ...), ... end
print(f(1))  --> 1	nil	0
print(f(1, 2))  --> 1	2	0
print(f(1, 2, nil, 4, nil))  --> 1	2	3	nil	4	nil
