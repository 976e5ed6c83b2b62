-- Each arithmetic operator has its event.
local mt = {}
for _, e in ipairs { "add", "sub", "mul", "div", "mod", "pow" } do mt["__" .. e] = function() return e end end
mt.__unm = function() return "unm" end
local a = setmetatable({}, mt)
print(a + 1, 1 - a, a * a, a / 2, 2 % a, a ^ 2, -a)  --> add	sub	mul	div	mod	pow	unm
