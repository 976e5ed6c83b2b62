-- `setmetatable` gives back the table and nil removes the metatable.
local t = {}
print(setmetatable(t, {}) == t, getmetatable(setmetatable(t, nil)))  --> true	nil
print(pcall(function() setmetatable(1, {}) end))  --> false	setmetatable_returns_its_table.lua:4: bad argument #1 to 'setmetatable' (table expected, got number)
print(pcall(function() setmetatable({}, 1) end))  --> false	setmetatable_returns_its_table.lua:5: bad argument #2 to 'setmetatable' (nil or table expected)
