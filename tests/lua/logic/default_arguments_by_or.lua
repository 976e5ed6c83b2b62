-- `x = x or d` supplies a default for nil, and for false too.
local function f(x) x = x or "default" return x end
print(f(), f(nil), f(false), f(0))  --> default	default	default	0
