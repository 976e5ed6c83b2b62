-- Assigning a parameter leaves the caller's variable alone.
local function f(x, t) x = x + 1 t.n = x return x end
local x, t = 1, {}
print(f(x, t), x, t.n)  --> 2	1	2
