-- Level 1 is where error was called, level 2 the caller, level 0 adds nothing.
local function f(level) error("message", level) end
print(pcall(function() f() end))  --> false	error_adds_a_position.lua:2: message
print(pcall(function() f(1) end))  --> false	error_adds_a_position.lua:2: message
print(pcall(function() f(2) end))  --> false	error_adds_a_position.lua:5: message
print(pcall(function() f(0) end))  --> false	message
