-- A value that has no variable is named by its type only.
local t, k = {}, "key"
print(pcall(function() return (t.x or nil)() end))  --> false	no_name_for_computed_values.lua:3: attempt to call a nil value
print(pcall(function() return t[k]() end))  --> false	no_name_for_computed_values.lua:4: attempt to call field '?' (a nil value)
print(pcall(function() return t[1] + 1 end))  --> false	no_name_for_computed_values.lua:5: attempt to perform arithmetic on field '?' (a nil value)
print(pcall(function() return (1 + 2)() end))  --> false	no_name_for_computed_values.lua:6: attempt to call a number value
print(pcall(function() return ({}) + 1 end))  --> false	no_name_for_computed_values.lua:7: attempt to perform arithmetic on a table value
