-- `assert` throws its message as it is, or a standard one.
print(pcall(assert, false))  --> false	assertion failed!
print(pcall(assert, nil, "own text"))  --> false	own text
print(pcall(assert, false, 42))  --> false	42
print(select("#", assert(1, 2, nil)))  --> 3
print(assert("value", "message"))  --> value	message
