-- A tail call hands on any number of arguments and results.
local function loop(n, ...) if n == 0 then return ... end return loop(n - 1, n, ...) end
print(loop(5))  --> 1	2	3	4	5
print(select("#", loop(100)))  --> 100
