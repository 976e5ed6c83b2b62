-- Calling a value that is no function names the variable and ends the script.
local t = { size = 3 }
t.size()  --> error: calling_a_non_function.lua:3: attempt to call field 'size' (a number value)
print("never")
