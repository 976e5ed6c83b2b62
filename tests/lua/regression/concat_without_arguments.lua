-- `table.concat` without arguments says that there is no value.
print(pcall(table.concat)) --> false	bad argument #1 to '?' (table expected, got no value)
