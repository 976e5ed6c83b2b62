-- A thousand errors in a loop leave nothing behind.
local n = 0
for i = 1, 1000 do if not pcall(error, i) then n = n + 1 end end
print(n)  --> 1000
