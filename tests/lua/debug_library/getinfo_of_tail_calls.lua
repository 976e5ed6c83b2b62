-- A tail call leaves a level marked as such.
local function inner() local i = debug.getinfo(2, "Sl") return i.what, i.short_src, i.currentline end
local function outer() return inner() end
local a, b, c = outer()
print(a, b, c)  --> tail	(tail call)	-1
