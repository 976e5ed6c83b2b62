-- `concat` joins strings and numbers of a range.
local t = { 1, "b", 2.5, "d" }
print(table.concat(t), table.concat(t, "-"), table.concat(t, "-", 2), table.concat(t, "-", 2, 3))  --> 1b2.5d	1-b-2.5-d	b-2.5-d	b-2.5
print("[" .. table.concat({}) .. "]", "[" .. table.concat(t, "-", 3, 2) .. "]", table.concat({ "x" }, "sep"))  --> []	[]	x
