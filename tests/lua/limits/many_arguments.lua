-- A call takes two hundred arguments, and far too many are a compile error.
local function source(n) return "return select('#'" .. (", 1"):rep(n) .. ")" end
print(loadstring(source(200))())  --> 200
print(loadstring(source(300), "=s"))  --> nil	s:1: function or expression too complex near '1'
