-- A missing key is looked up in the `__index` table.
local base = { x = 1, f = function() return "base" end }
local t = setmetatable({ y = 2 }, { __index = base })
print(t.x, t.y, t.f(), t.z, rawget(t, "x"))  --> 1	2	base	nil	nil
base.x = 10
print(t.x)  --> 10
