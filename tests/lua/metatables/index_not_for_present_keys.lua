-- `__index` is asked only for absent keys, and a false value is present.
local asked = 0
local t = setmetatable({ a = false }, { __index = function() asked = asked + 1 end })
print(t.a, t.b, asked)  --> false	nil	1
