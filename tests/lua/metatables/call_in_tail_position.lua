-- A callable object works in a tail call and through pcall.
local t = setmetatable({}, { __call = function(_, n, ...) return n, ... end })
local function f(...) return t(...) end
print(f(1, 2, 3))  --> 1	2	3
print(pcall(t, "a"))  --> true	a
