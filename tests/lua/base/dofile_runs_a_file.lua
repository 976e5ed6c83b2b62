-- `dofile` runs a file and gives its results, and `loadfile` only compiles it.
local name = os.tmpname()
local f = io.open(name, "w")
f:write("#!shebang line\nreturn 1, ...")
f:close()
print(dofile(name))  --> 1
print(loadfile(name)("x"))  --> 1	x
os.remove(name)
print(pcall(dofile, "does/not/exist.lua"))  --> false	cannot open does/not/exist.lua: No such file or directory
print(loadfile("does/not/exist.lua"))  --> nil	cannot open does/not/exist.lua: No such file or directory
