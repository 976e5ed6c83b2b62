-- A zero step counts as not positive: the loop runs while the variable is at least the limit.
local n = 0
for i = 1, 10, 0 do n = n + 1 if n == 3 then break end end
print(n)  --> 0
n = 0
for i = 10, 1, 0 do n = n + 1 if n == 3 then break end end
print(n)  --> 3
