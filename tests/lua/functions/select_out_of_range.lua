-- A zero or too negative position is an argument error.
print(pcall(function() return (select(0, 1)) end))  --> false	select_out_of_range.lua:2: bad argument #1 to 'select' (index out of range)
print(pcall(function() return (select(-3, 1, 2)) end))  --> false	select_out_of_range.lua:3: bad argument #1 to 'select' (index out of range)
print(pcall(function() return (select("x", 1, 2)) end))  --> false	select_out_of_range.lua:4: bad argument #1 to 'select' (number expected, got string)
