-- Calling a value that is no function fails inside pcall.
print(pcall(nil))  --> false	attempt to call a nil value
print(pcall(42))  --> false	attempt to call a number value
print(pcall({}, 1))  --> false	attempt to call a table value
