-- `__unm` receives its operand.
local v = setmetatable({ n = 3 }, { __unm = function(a) return -a.n end })
print(-v, - -v)  --> -3	3
