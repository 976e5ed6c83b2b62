-- Two functions that call each other in tail position use no stack either.
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(20000), odd(20001), even(10001))  --> true	true	false
