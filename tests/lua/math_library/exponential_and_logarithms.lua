-- `exp`, `log` and `log10` at simple points.
print(math.exp(0), math.log(1), math.log10(1000), math.log10(0.01), math.log(math.exp(2)), math.exp(1))  --> 1	0	3	-2	2	2.718281828459
