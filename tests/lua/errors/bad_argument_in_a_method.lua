-- In a method call the count of arguments leaves out self, and a bad self is called so.
print(pcall(function() return ("x"):rep() end))  --> false	bad_argument_in_a_method.lua:2: bad argument #1 to 'rep' (number expected, got no value)
print(pcall(function() return ("x"):rep({}) end))  --> false	bad_argument_in_a_method.lua:3: bad argument #1 to 'rep' (number expected, got table)
print(pcall(function() return ("x").rep() end))  --> false	bad_argument_in_a_method.lua:4: bad argument #1 to 'rep' (string expected, got no value)
