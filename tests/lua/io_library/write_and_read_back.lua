-- What is written to a file is read back.
local name = os.tmpname()
local f = assert(io.open(name, "w"))
print(f:write("one\n", 2, "\n", 3.5), f:close())  --> true	true
f = assert(io.open(name))
print((f:read("*a"):gsub("\n", "|")))  --> one|2|3.5
f:close()
os.remove(name)
