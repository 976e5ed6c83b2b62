-- `*l` reads a line, `*n` a number, a count reads bytes and `*a` the rest.
local name = os.tmpname()
local f = io.open(name, "w")
f:write("first\n  42 -1.5e2 rest of it\nabcdef\nlast")
f:close()
f = io.open(name)
print(f:read())  --> first
print(f:read("*n", "*n"))  --> 42	-150
print(f:read("*l"))  -->  rest of it
print(f:read(3, 0, 2))  --> abc		de
print(f:read("*l", "*a"))  --> f	last
print(f:read("*l"))  --> nil
print(f:read(0), f:read("*a") == "", f:read(1))  --> nil	true	nil
f:close()
os.remove(name)
