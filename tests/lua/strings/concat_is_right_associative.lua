-- Concatenation of many operands is one operation and gives one string.
local a, b, c = "a", 2, "c"
print(a .. b .. c .. 3.5 .. a .. "", (a .. b) .. (c .. a))  --> a2c3.5a	a2ca
