-- A string that is no number still reaches the other operand's handler.
local a = setmetatable({}, { __add = function(x, y) return type(x) .. "+" .. type(y) end })
print("text" + a, a + "text", "10" + a)  --> string+table	table+string	string+table
