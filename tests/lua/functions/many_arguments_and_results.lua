-- Two hundred values pass through calls and returns unchanged.
local t = {}
for i = 1, 200 do t[i] = i end
local function id(...) return ... end
local u = { id(unpack(t)) }
print(#u, u[1], u[100], u[200], (select(150, id(unpack(t)))))  --> 200	1	100	200	150
