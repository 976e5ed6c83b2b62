-- A vararg function that never uses `...` gets the table `arg` with its count.
local function old(...) return arg.n, arg[1], arg[2], arg[3] end
print(old("a", nil, "c"))  --> 3	a	nil	c
print(old())  --> 0	nil	nil	nil
