-- A later field overwrites an earlier one of the same name.
local t = { x = 1, x = 2, y = 3 }
print(t.x, t.y)  --> 2	3
