-- Reading all of a file that is open for writing only shows its error after the next format.
local name = os.tmpname()
local f = io.open(name, "w")
print(pcall(f.read, f, "*a", "*x"))
print(pcall(f.read, f, "*a", nil))
print(select("#", f:read("*a", "*l")), (select(3, f:read("*a", "*l"))))
print(select(3, f:read("*a", "*n")))
print(select(3, f:read("*a", 0)), select(3, f:read("*a")))
f:close()
os.remove(name)
--> false	bad argument #3 to '?' (invalid format)
--> false	bad argument #3 to '?' (invalid option)
--> 3	9
--> 9
--> 9	9
