-- In 5.1 `__len` does not apply to tables.
local t = setmetatable({ 1, 2 }, { __len = function() return 99 end })
print(#t)  --> 2
