-- An error inside an iterator leaves the loop.
local n = 0
print(pcall(function() for v in function() n = n + 1 if n > 2 then error("enough", 0) end return n end do end end))  --> false	enough
print(n)  --> 3
