-- A call inside `and` or `or` gives exactly one value.
local function many() return 1, 2, 3 end
print(true and many())  --> 1
print(many() or 5, nil or many())  --> 1	1
