-- Subscripts and values of one assignment are evaluated before it happens.
local log, t = {}, {}
local function key(k) log[#log + 1] = "k" .. k return k end
local function value(v) log[#log + 1] = "v" .. v return v end
t[key(1)], t[key(2)] = value("a"), value("b")
print(t[1], t[2], table.concat(log, " "))  --> a	b	k1 k2 va vb
local i = 1
i, t[i], t[i + 1] = 2, "x", "y"
print(i, t[1], t[2], t[3])  --> 2	x	y	nil
