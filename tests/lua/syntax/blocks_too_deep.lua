-- Blocks nested beyond two hundred levels are an error, and fewer are fine.
local function nest(n) return loadstring(("do "):rep(n) .. "x = 1 " .. ("end "):rep(n), "=s") end
print(nest(250))  --> nil	s:1: chunk has too many syntax levels
print(type(nest(150)))  --> function
