-- Explicit nils before a last value keep the later positions.
local t = { nil, nil, 3 }
print(t[1], t[2], t[3])  --> nil	nil	3
local u = { n = select("#", nil, nil), nil, nil }
print(u.n, u[1], next(u))  --> 2	nil	n	2
