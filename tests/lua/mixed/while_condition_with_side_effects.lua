-- A loop condition is evaluated once more than the body.
local n, body = 0, 0
local function more() n = n + 1 return n <= 5 end
while more() do body = body + 1 if body == 3 then more() end end
print(n, body)  --> 6	4
