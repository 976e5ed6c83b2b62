-- Infinities follow IEEE rules.
local inf = math.huge
print(inf + 1, -inf, inf * 2, inf > 1e308, -inf < -1e308, 1 / inf)  --> inf	-inf	inf	true	true	0
print((inf - inf) ~= (inf - inf), (inf * 0) ~= (inf * 0))  --> true	true
