-- The right operand is evaluated only when it is needed.
local log = {}
local function f(name, value) log[#log + 1] = name return value end
local _ = f("a", false) and f("b", true)
_ = f("c", true) or f("d", true)
_ = f("e", true) and f("f", 1)
_ = f("g", nil) or f("h", 1)
print(table.concat(log))  --> acefgh
