-- `pcall` gives true and every result of the function.
print(pcall(function(...) return ... end, 1, nil, 3))  --> true	1	nil	3
print(pcall(function() end))  --> true
print(pcall(pcall, error, "x"))  --> true	false	x
