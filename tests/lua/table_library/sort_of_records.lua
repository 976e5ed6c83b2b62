-- Sorting records by two keys.
local t = { { "b", 2 }, { "a", 2 }, { "c", 1 } }
table.sort(t, function(x, y) if x[2] ~= y[2] then return x[2] < y[2] end return x[1] < y[1] end)
print(t[1][1], t[2][1], t[3][1])  --> c	a	b
