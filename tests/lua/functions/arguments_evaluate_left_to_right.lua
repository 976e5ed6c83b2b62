-- The function expression comes first, then the arguments in order.
local log = {}
local function note(x) log[#log + 1] = x return x end
local function callee() note("f") return function(...) return select("#", ...) end end
local n = callee()(note("a"), note("b"), note("c"))
print(n, table.concat(log))  --> 3	fabc
