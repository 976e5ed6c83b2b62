-- The results of comparison handlers are turned into booleans.
local mt = { __eq = function() return 1 end, __lt = function() return nil end, __le = function() return "x" end }
local a, b = setmetatable({}, mt), setmetatable({}, mt)
print(a == b, a ~= b, a < b, a <= b, a > b, a >= b)  --> true	false	false	true	false	true
