-- Logical values land in locals, fields and arguments alike.
local a, b = nil, 7
local t = { x = a or b, y = a and b, z = not a and b }
local c = a == nil and b > 5
print(t.x, t.y, t.z, c)  --> 7	nil	7	true
