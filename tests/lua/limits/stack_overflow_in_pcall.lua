-- Endless recursion through pcall ends with an error somewhere inside.
local depth = 0
local function f() depth = depth + 1 local ok, e = pcall(f) return ok end
print(type(f()), depth > 100)  --> boolean	true
