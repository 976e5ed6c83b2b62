-- Strings, booleans and mixed values count in the border alike.
local t = { "a", false, 3, {}, print }
print(#t, type(t[2]), type(t[4]))  --> 5	boolean	table
