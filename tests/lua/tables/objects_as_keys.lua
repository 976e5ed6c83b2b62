-- Tables, functions and booleans are keys by identity.
local k, f = {}, function() end
local t = { [k] = "table", [f] = "function", [true] = "yes", [false] = "no", [print] = "C" }
print(t[k], t[{}], t[f], t[true], t[false], t[print])  --> table	nil	function	yes	no	C
