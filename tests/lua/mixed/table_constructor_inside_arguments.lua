-- Constructors inside calls inside constructors keep their items apart.
local function id(...) return ... end
local t = { id({ 1, 2 }, { 3 }), { id(4, 5), 6 }, id { { 7 } }, id(8, 9) }
print(#t, #t[1], #t[2], t[2][1], t[2][2], t[3][1][1], t[4], t[5])  --> 5	2	2	4	6	7	8	9
