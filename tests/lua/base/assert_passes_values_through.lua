-- `assert` gives back all its arguments when the first is true.
print(assert(1, 2, 3))  --> 1	2	3
print(assert(true))  --> true
