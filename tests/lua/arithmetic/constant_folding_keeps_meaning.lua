-- Folded constants give the same values as computed ones.
local two, three = 2, 3
print(2 + 3 == two + three, 2 ^ 3 == two ^ three, -2 % 3 == -two % three, 2 / 3 == two / three)  --> true	true	true	true
