-- `remove` takes the last or a given item and closes the gap.
local t = { "a", "b", "c", "d" }
print(table.remove(t), table.remove(t, 1), table.concat(t))  --> d	a	bc
print(table.remove(t, 2), table.remove(t), table.remove(t), #t)  --> c	b	nil	0
