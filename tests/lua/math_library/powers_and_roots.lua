-- `pow` and `sqrt` agree with the operator.
print(math.pow(2, 10), math.sqrt(16), math.sqrt(2) == 2 ^ 0.5, math.pow(4, 0.5), math.sqrt(0))  --> 1024	4	true	2	0
