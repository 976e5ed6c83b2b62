-- Messages name a missing method.
local o = {}
print(pcall(function() o:run() end))  --> false	name_of_a_method.lua:3: attempt to call method 'run' (a nil value)
print(pcall(function() return ("x"):nope() end))  --> false	name_of_a_method.lua:4: attempt to call method 'nope' (a nil value)
