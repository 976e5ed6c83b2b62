-- `{...}` collects every argument.
local function pack(...) return { ... } end
local t = pack("a", "b", "c")
print(#t, t[1], t[3], #pack())  --> 3	a	c	0
