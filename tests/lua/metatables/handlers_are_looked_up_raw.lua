-- A handler is found in the metatable itself, not through the metatable's own `__index`.
local mt = setmetatable({}, { __index = { __add = function() return "inherited" end } })
local a = setmetatable({}, mt)
print(pcall(function() return a + 1 end))  --> false	handlers_are_looked_up_raw.lua:4: attempt to perform arithmetic on upvalue 'a' (a table value)
mt.__add = function() return "own" end
print(a + 1)  --> own
