-- The name of a running function comes from the code that called it.
local function name() local i = debug.getinfo(2, "n") return i.name, i.namewhat end
local function loc() local a, b = name() return a, b end
function glob() local a, b = name() return a, b end
local t = { field = loc }
function t:method() local a, b = name() return a, b end
local function through() local a, b = loc() return a, b end
print((function() local a, b = loc() return a, b end)())  --> loc	upvalue
print((function() local a, b = glob() return a, b end)())  --> glob	global
local a, b = t.field()
print(a, b)  --> field	field
a, b = t:method()
print(a, b)  --> method	method
a, b = loc()
print(a, b)  --> loc	local
