-- `setlocal` assigns a local of a running function.
local function poke() return debug.setlocal(2, 1, "changed") end
local function f(x) local name = poke() return x, name end
print(f("original"))  --> changed	x
