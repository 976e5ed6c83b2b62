-- A constructor mixes positional, named and computed fields.
local t = { 1, 2, x = "named", [10] = "ten", 3, ["with space"] = true, [2 + 2] = "four", }
print(t[1], t[2], t[3], t[4], t[10], t.x, t["with space"], #t)  --> 1	2	3	four	ten	named	true	4
