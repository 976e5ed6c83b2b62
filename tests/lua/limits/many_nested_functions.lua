-- Functions nested fifty deep share a variable of the outermost one.
local n = 50
local f = loadstring("local x = 0 return " .. ("function() x = x + 1 return "):rep(n) .. "x" .. (" end"):rep(n))()
for i = 1, n - 1 do f = f() end
print(f())  --> 50
