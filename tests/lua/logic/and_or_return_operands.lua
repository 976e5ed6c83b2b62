-- `and` and `or` give back one of their operands, not a boolean.
print(1 and 2, nil and 1, false and 1, nil or "d", false or nil, 1 or 2)  --> 2	nil	false	d	nil	1
print(nil and false, false or false, 0 and "zero is true", "" and "so is empty")  --> nil	false	zero is true	so is empty
