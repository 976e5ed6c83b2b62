-- `abs` drops the sign.
print(math.abs(-5), math.abs(5), math.abs(-0.5), math.abs(-math.huge))  --> 5	5	0.5	inf
