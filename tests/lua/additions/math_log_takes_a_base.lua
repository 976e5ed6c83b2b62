-- `math.log` has a base as its second argument; the bases 2 and 10 give whole results.
print(math.log(8, 2), math.log(1024, 2), math.log(1000, 10))  --> 3	10	3
print(math.log(2, 0.5), math.log(81, 3), math.log(1, 7))  --> -1	4	0
print(math.log(8, "2"), math.log(5, nil) == math.log(5))  --> 3	true
print(math.log(0, 2), math.log(8, 1), math.log(-1, 2) == math.log(-1, 2))  --> -inf	inf	false
print(pcall(math.log, 5, {}))  --> false	bad argument #2 to '?' (number expected, got table)
