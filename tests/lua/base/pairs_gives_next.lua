-- `pairs` gives next, the table and nil.
local t = {}
local f, s, c = pairs(t)
print(f == next, s == t, c)  --> false	true	nil
