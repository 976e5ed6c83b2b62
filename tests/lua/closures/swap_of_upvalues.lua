-- Multiple assignment works on upvalues as on locals.
local a, b = "a", "b"
local function swap() a, b = b, a end
swap()
print(a, b)  --> b	a
