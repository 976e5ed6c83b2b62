-- `debug.setmetatable` gives all values of a basic type a metatable.
debug.setmetatable(0, { __index = { double = function(n) return n * 2 end }, __call = function(n, x) return n + x end })
print((5):double(), (3)(4))  --> 10	7
debug.setmetatable(0, nil)
debug.setmetatable(nil, { __index = function(_, k) return "nil." .. k end })
local missing
print(missing.field)  --> nil.field
debug.setmetatable(nil, nil)
print(getmetatable(0), getmetatable(nil))  --> nil	nil
