-- Ordinary recursion of ten thousand calls is no overflow.
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
print(sum(10000))  --> 50005000
