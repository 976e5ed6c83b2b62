-- Base functions name the argument and the types.
print(pcall(function() return tonumber() end))  --> false	bad_arguments_of_base.lua:2: bad argument #1 to 'tonumber' (value expected)
print(pcall(function() return tonumber("1", 99) end))  --> false	bad_arguments_of_base.lua:3: bad argument #2 to 'tonumber' (base out of range)
print(pcall(function() return tostring() end))  --> false	bad_arguments_of_base.lua:4: bad argument #1 to 'tostring' (value expected)
print(pcall(function() return type() end))  --> false	bad_arguments_of_base.lua:5: bad argument #1 to 'type' (value expected)
print(pcall(function() return ipairs() end))  --> false	bad_arguments_of_base.lua:6: bad argument #1 to 'ipairs' (table expected, got no value)
print(pcall(function() return pairs(nil) end))  --> false	bad_arguments_of_base.lua:7: bad argument #1 to 'pairs' (table expected, got nil)
print(pcall(function() return rawget(1, 2) end))  --> false	bad_arguments_of_base.lua:8: bad argument #1 to 'rawget' (table expected, got number)
print(pcall(function() return next({}, {}) end))  --> false	invalid key to 'next'
print(pcall(function() return unpack() end))  --> false	bad_arguments_of_base.lua:10: bad argument #1 to 'unpack' (table expected, got no value)
print(pcall(function() return setmetatable({}) end))  --> false	bad_arguments_of_base.lua:11: bad argument #2 to 'setmetatable' (nil or table expected)
