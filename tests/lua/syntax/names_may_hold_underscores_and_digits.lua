-- A name is letters, digits and underscores, not beginning with a digit.
local _, a1, _x, X_1 = 1, 2, 3, 4
print(_, a1, _x, X_1, (select(2, loadstring("1a = 1", "=s"))))  --> 1	2	3	4	s:1: malformed number near '1a'
