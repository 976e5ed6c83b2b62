-- Missing values are nil and extra values are evaluated, then dropped.
local seen = 0
local function f() seen = seen + 1 return 9 end
local a, b, c = 1, 2
local d, e = 1, 2, f()
print(a, b, c, d, e, seen)  --> 1	2	nil	1	2	1
