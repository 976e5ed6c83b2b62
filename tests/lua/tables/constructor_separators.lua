-- Commas and semicolons both separate fields, and one may trail.
local t = { 1; 2, 3; }
print(#t, t[1], t[2], t[3], #{}, #{ nil })  --> 3	1	2	3	0	0
