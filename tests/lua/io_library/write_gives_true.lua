-- In 5.1 `write` gives true, and it refuses values that are no string.
print(io.write("x"), io.stdout:write("y"))  --> xytrue	true
print(pcall(function() io.write(nil) end))  --> false	write_gives_true.lua:3: bad argument #1 to 'write' (string expected, got nil)
