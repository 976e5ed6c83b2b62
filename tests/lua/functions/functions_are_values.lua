-- Functions live in variables, tables, arguments and results.
local function compose(f, g) return function(...) return f(g(...)) end end
local ops = { add = function(a, b) return a + b end, neg = function(a) return -a end }
print(compose(ops.neg, ops.add)(2, 3), compose(tostring, ops.add)(1, 2) .. "!")  --> -5	3!
