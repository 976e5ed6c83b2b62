-- A comparison is an expression whose boolean can be stored and passed on.
local less = 1 < 2
local t = { 3 > 4, 5 ~= 6, "x" == "x" }
print(less, t[1], t[2], t[3], not (1 == 2), (1 < 2) == true)  --> true	false	true	true	true	true
