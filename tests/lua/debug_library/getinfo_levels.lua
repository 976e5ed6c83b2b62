-- The main chunk is a level of its own, and levels beyond the stack are nil.
print(debug.getinfo(1, "S").what, debug.getinfo(100))  --> main	nil
print((function() return debug.getinfo(1, "S").what end)() == "Lua")  --> true
