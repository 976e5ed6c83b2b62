-- A long source without deep nesting is fine.
local f = loadstring("local x = 0 " .. ("x = x + 1 "):rep(2000) .. "return x")
print(f())  --> 2000
local g = loadstring("return 0" .. (" + 1"):rep(1000))
print(g())  --> 1000
