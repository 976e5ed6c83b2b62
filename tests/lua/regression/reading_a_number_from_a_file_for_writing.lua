-- Reading a number from a file that is open for writing finds none, and is no error.
local name = os.tmpname()
local f = io.open(name, "w")
print(f:read("*n")) --> nil
print(f:read("*n", "*n")) --> nil
print(f:read("*l")) --> nil	Bad file descriptor	9
f:close()
os.remove(name)
