-- Messages name an upvalue.
local up
print(pcall(function() return up.x end))  --> false	name_of_an_upvalue.lua:3: attempt to index upvalue 'up' (a nil value)
print(pcall(function() up() end))  --> false	name_of_an_upvalue.lua:4: attempt to call upvalue 'up' (a nil value)
print(pcall(function() return up + 1 end))  --> false	name_of_an_upvalue.lua:5: attempt to perform arithmetic on upvalue 'up' (a nil value)
print(pcall(function() up.x = 1 end))  --> false	name_of_an_upvalue.lua:6: attempt to index upvalue 'up' (a nil value)
