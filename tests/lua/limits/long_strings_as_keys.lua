-- Long strings are keys like short ones.
local t = {}
for i = 1, 20 do t[("k"):rep(1000) .. i] = i end
print(t[("k"):rep(1000) .. 7], t[("k"):rep(999) .. 7])  --> 7	nil
