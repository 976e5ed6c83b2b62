-- `insert` appends, or opens a gap at a position.
local t = { "a", "b" }
table.insert(t, "c")
table.insert(t, 1, "z")
table.insert(t, 3, "m")
print(table.concat(t))  --> zambc
