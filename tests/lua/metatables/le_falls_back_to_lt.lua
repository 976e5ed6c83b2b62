-- Without `__le`, `a <= b` is `not (b < a)`.
local calls = {}
local mt = { __lt = function(a, b) calls[#calls + 1] = a.n .. "<" .. b.n return a.n < b.n end }
local one, two = setmetatable({ n = 1 }, mt), setmetatable({ n = 2 }, mt)
print(one <= two, two <= one, one >= two)  --> true	false	false
print(table.concat(calls, " "))  --> 2<1 1<2 1<2
