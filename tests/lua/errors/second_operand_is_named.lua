-- When the first operand is fine, the second one is named.
local n
print(pcall(function() return 1 + n end))  --> false	second_operand_is_named.lua:3: attempt to perform arithmetic on upvalue 'n' (a nil value)
print(pcall(function() return "a" .. n end))  --> false	second_operand_is_named.lua:4: attempt to concatenate upvalue 'n' (a nil value)
print(pcall(function() local a, b = 1, {} return a * b end))  --> false	second_operand_is_named.lua:5: attempt to perform arithmetic on local 'b' (a table value)
