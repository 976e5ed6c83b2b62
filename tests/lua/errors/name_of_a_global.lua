-- Messages name a global variable.
print(pcall(function() return nothing.x end))  --> false	name_of_a_global.lua:2: attempt to index global 'nothing' (a nil value)
print(pcall(function() nothing() end))  --> false	name_of_a_global.lua:3: attempt to call global 'nothing' (a nil value)
print(pcall(function() return nothing * 2 end))  --> false	name_of_a_global.lua:4: attempt to perform arithmetic on global 'nothing' (a nil value)
print(pcall(function() return "a" .. nothing end))  --> false	name_of_a_global.lua:5: attempt to concatenate global 'nothing' (a nil value)
