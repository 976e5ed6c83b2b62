-- An `__index` chain that bites its own tail is an error, not a hang.
local a, b = {}, {}
setmetatable(a, { __index = b })
setmetatable(b, { __index = a })
print(pcall(function() return a.x end))  --> false	index_loop_is_an_error.lua:5: loop in gettable
print(pcall(function() a = setmetatable({}, {}) getmetatable(a).__newindex = a a.x = 1 end))  --> false	index_loop_is_an_error.lua:6: loop in settable
