-- Table functions name the argument and the types.
print(pcall(function() return table.concat({ {} }) end))  --> false	bad_arguments_of_table.lua:2: invalid value (table) at index 1 in table for 'concat'
print(pcall(function() return table.concat({ 1, 2, nil, 4 }, ",", 1, 4) end))  --> false	bad_arguments_of_table.lua:3: invalid value (nil) at index 3 in table for 'concat'
print(pcall(function() return table.insert({}) end))  --> false	bad_arguments_of_table.lua:4: wrong number of arguments to 'insert'
print(pcall(function() return table.insert({}, 1, 2, 3) end))  --> false	bad_arguments_of_table.lua:5: wrong number of arguments to 'insert'
print(pcall(function() return table.insert(nil, 1) end))  --> false	bad_arguments_of_table.lua:6: bad argument #1 to 'insert' (table expected, got nil)
print(pcall(function() return table.sort({ 1, "x" }) end))  --> false	attempt to compare string with number
print(pcall(function() return table.sort({}, 1) end))  --> false	bad_arguments_of_table.lua:8: bad argument #2 to 'sort' (function expected, got number)
