-- A fractional key is its own key, and an integral float is the integer.
local t = {}
t[1.5] = "half"
t[2.0] = "two"
t[4 / 2] = "still two"
print(t[1.5], t[2], t[3 / 2], #t)  --> half	still two	half	0
