-- A string that is no number is an error that reports its type.
print(pcall(function() return "abc" + 1 end))  --> false	coercion_failure_names_the_string.lua:2: attempt to perform arithmetic on a string value
print(pcall(function() local s = "10x" return s * 2 end))  --> false	coercion_failure_names_the_string.lua:3: attempt to perform arithmetic on local 's' (a string value)
print(pcall(function() return 1 - "" end))  --> false	coercion_failure_names_the_string.lua:4: attempt to perform arithmetic on a string value
