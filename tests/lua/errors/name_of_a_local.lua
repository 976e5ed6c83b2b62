-- Messages name a local variable.
local a
print(pcall(function() local b return b.x end))  --> false	name_of_a_local.lua:3: attempt to index local 'b' (a nil value)
print(pcall(function() local b b() end))  --> false	name_of_a_local.lua:4: attempt to call local 'b' (a nil value)
print(pcall(function() local b return #b end))  --> false	name_of_a_local.lua:5: attempt to get length of local 'b' (a nil value)
print(pcall(function() local b return -b end))  --> false	name_of_a_local.lua:6: attempt to perform arithmetic on local 'b' (a nil value)
print(pcall(function() local b b.x = 1 end))  --> false	name_of_a_local.lua:7: attempt to index local 'b' (a nil value)
