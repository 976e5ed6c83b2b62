-- String functions name the argument and the types.
print(pcall(function() return string.rep("x") end))  --> false	bad_arguments_of_string.lua:2: bad argument #2 to 'rep' (number expected, got no value)
print(pcall(function() return string.rep({}, 1) end))  --> false	bad_arguments_of_string.lua:3: bad argument #1 to 'rep' (string expected, got table)
print(pcall(function() return string.char(256) end))  --> false	bad_arguments_of_string.lua:4: bad argument #1 to 'char' (invalid value)
print(pcall(function() return string.char(-1) end))  --> false	bad_arguments_of_string.lua:5: bad argument #1 to 'char' (invalid value)
print(pcall(function() return string.upper() end))  --> false	bad_arguments_of_string.lua:6: bad argument #1 to 'upper' (string expected, got no value)
print(pcall(function() return string.sub("x") end))  --> false	bad_arguments_of_string.lua:7: bad argument #2 to 'sub' (number expected, got no value)
print(pcall(function() return string.gsub("x", "x") end))  --> false	bad_arguments_of_string.lua:8: bad argument #3 to 'gsub' (string/function/table expected)
print(pcall(function() return string.gsub("x", "x", true) end))  --> false	bad_arguments_of_string.lua:9: bad argument #3 to 'gsub' (string/function/table expected)
