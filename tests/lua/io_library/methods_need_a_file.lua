-- A method called on something else names the expected type.
print(pcall(io.stdout.write, 1))  --> false	bad argument #1 to '?' (FILE* expected, got number)
print(pcall(function() io.stdout.write({}, "x") end))  --> false	methods_need_a_file.lua:3: bad argument #1 to 'write' (FILE* expected, got table)
print(pcall(function() io.stdout:write({}) end))  --> false	methods_need_a_file.lua:4: bad argument #1 to 'write' (string expected, got table)
