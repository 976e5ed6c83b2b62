-- A false control value continues the loop.
local n = 0
for v in function() n = n + 1 if n < 4 then return false end end do assert(v == false) end
print(n)  --> 4
