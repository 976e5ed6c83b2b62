-- The initialiser of a local still sees the outer variable.
local x = 5
local x = x * 2
local function f() return x end
local x = "third"
print(x, f())  --> third	10
