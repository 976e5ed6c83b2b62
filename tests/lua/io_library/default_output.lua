-- `io.write` writes to the default output, which `io.output` changes.
io.write("to stdout ", 1, " ", 2.5, "\n")
local name = os.tmpname()
io.output(name)
io.write("to the file")
io.close()
io.output(io.stdout)
io.input(name)
print(io.read("*a"))
io.close(io.input())
os.remove(name)
--> to stdout 1 2.5
--> to the file
