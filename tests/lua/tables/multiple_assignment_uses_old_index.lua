-- The subscript on the left is the value it had before the assignment.
local i, t = 3, {}
i, t[i] = i + 1, 20
print(i, t[3], t[4])  --> 4	20	nil
