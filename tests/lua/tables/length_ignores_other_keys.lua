-- Zero, negative, fractional and string keys do not count for the length.
local t = { [0] = 0, [-1] = 1, [1.5] = 2, x = 3 }
print(#t)  --> 0
t[1] = "a"
print(#t)  --> 1
