-- An array filled from its end has the full length once it is complete.
local t = {}
for i = 20, 1, -1 do t[i] = i * i end
print(#t, t[1], t[20])  --> 20	1	400
