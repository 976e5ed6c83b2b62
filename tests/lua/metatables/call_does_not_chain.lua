-- A `__call` that is itself only callable is not followed in 5.1.
local inner = setmetatable({}, { __call = function() return "inner" end })
local t = setmetatable({}, { __call = inner })
print(pcall(function() return (t()) end))  --> false	call_does_not_chain.lua:4: attempt to call upvalue 't' (a table value)
