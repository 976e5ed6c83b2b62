-- Two objects with different `__lt` handlers cannot be compared.
local a = setmetatable({}, { __lt = function() return true end })
local b = setmetatable({}, { __lt = function() return true end })
print(pcall(function() return a < b end))  --> false	order_needs_a_shared_handler.lua:4: attempt to compare two table values
print(pcall(function() return a < 1 end))  --> false	order_needs_a_shared_handler.lua:5: attempt to compare table with number
