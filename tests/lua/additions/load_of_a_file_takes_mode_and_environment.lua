-- `loadfile` has a mode and an environment behind the name.
local name = os.tmpname()
local file = io.open(name, "w")
file:write("# first line\nreturn x, ...")
file:close()
x = "global"
print(loadfile(name, "t", { x = "own" })(1))  --> own	1
print(loadfile(name, "t")(2))  --> global	2
print(loadfile(name, nil, { x = "own" })(3))  --> own	3
print(loadfile(name, "b"))  --> nil	attempt to load a text chunk (mode is 'b')
file = io.open(name, "wb")
file:write(string.dump(function() return "binary" end))
file:close()
print(loadfile(name, "b")())  --> binary
print(loadfile(name, "t"))  --> nil	attempt to load a binary chunk (mode is 't')
os.remove(name)
