-- Objects with `__lt` are sorted by it.
local mt = { __lt = function(a, b) return a.n < b.n end }
local t = {}
for i, n in ipairs { 5, 3, 9, 1 } do t[i] = setmetatable({ n = n }, mt) end
table.sort(t)
print(t[1].n, t[2].n, t[3].n, t[4].n)  --> 1	3	5	9
