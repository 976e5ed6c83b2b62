-- `string.format` checks the arguments of its directives.
print(pcall(function() return string.format("%d", "x") end))  --> false	bad_arguments_of_format.lua:2: bad argument #2 to 'format' (number expected, got string)
print(pcall(function() return string.format("%d") end))  --> false	bad_arguments_of_format.lua:3: bad argument #2 to 'format' (no value)
print(pcall(function() return string.format("%s") end))  --> false	bad_arguments_of_format.lua:4: bad argument #2 to 'format' (no value)
print(pcall(function() return string.format("%y", 1) end))  --> false	bad_arguments_of_format.lua:5: invalid option '%y' to 'format'
print(pcall(function() return string.format("%123d", 1) end))  --> false	bad_arguments_of_format.lua:6: invalid format (width or precision too long)
print(pcall(function() return string.format("%") end))  --> false	bad_arguments_of_format.lua:7: bad argument #2 to 'format' (no value)
