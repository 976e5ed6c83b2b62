-- The left operand is evaluated before the right one.
local order = {}
local function f(name, value) order[#order + 1] = name return value end
print(f("a", 1) + f("b", 2) * f("c", 3), table.concat(order))  --> 7	abc
