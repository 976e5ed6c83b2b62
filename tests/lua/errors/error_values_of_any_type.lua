-- A value that is no string is thrown as it is.
print(pcall(error, nil))  --> false	nil
print(pcall(error, 42))  --> false	42
print(pcall(error, true))  --> false	true
print(pcall(error))  --> false	nil
print(select("#", pcall(error)))  --> 2
local t = {}
print(select(2, pcall(error, t)) == t)  --> true
