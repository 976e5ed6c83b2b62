-- Math functions name the argument and the types.
print(pcall(function() return math.floor("x") end))  --> false	bad_arguments_of_math.lua:2: bad argument #1 to 'floor' (number expected, got string)
print(pcall(function() return math.floor() end))  --> false	bad_arguments_of_math.lua:3: bad argument #1 to 'floor' (number expected, got no value)
print(pcall(function() return math.max() end))  --> false	bad_arguments_of_math.lua:4: bad argument #1 to 'max' (number expected, got no value)
print(pcall(function() return math.ldexp(1) end))  --> false	bad_arguments_of_math.lua:5: bad argument #2 to 'ldexp' (number expected, got no value)
print(pcall(function() return math.random(0) end))  --> false	bad_arguments_of_math.lua:6: bad argument #1 to 'random' (interval is empty)
print(pcall(function() return math.random(2, 1) end))  --> false	bad_arguments_of_math.lua:7: bad argument #2 to 'random' (interval is empty)
print(pcall(function() return math.random(1, 2, 3) end))  --> false	bad_arguments_of_math.lua:8: wrong number of arguments
