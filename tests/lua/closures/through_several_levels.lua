-- A variable is captured through functions that do not use it themselves.
local function a(x) return function() return function() x = x + 1 return x end end end
local f = a(1)
local g, h = f(), f()
print(g(), h(), g())  --> 2	3	4
