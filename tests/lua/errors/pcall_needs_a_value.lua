-- `pcall` without arguments is itself an argument error.
print(pcall(pcall))  --> false	bad argument #1 to '?' (value expected)
