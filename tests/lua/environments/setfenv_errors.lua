-- Native functions and missing levels cannot be given an environment.
print(pcall(setfenv, print, {}))
print(pcall(getfenv, 50))
print(pcall(function() setfenv(50, {}) end))
print(pcall(function() setfenv(1) end))
--> false	'setfenv' cannot change environment of given object
--> false	bad argument #1 to '?' (invalid level)
--> false	setfenv_errors.lua:4: bad argument #1 to 'setfenv' (invalid level)
--> false	setfenv_errors.lua:5: bad argument #2 to 'setfenv' (table expected, got no value)
