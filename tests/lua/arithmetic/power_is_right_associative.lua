-- `^` groups to the right and takes fractional and negative exponents.
print(2 ^ 3 ^ 2, (2 ^ 3) ^ 2)  --> 512	64
print(2 ^ 0.5, 2 ^ -1, 9 ^ 0.5, 0 ^ 0)  --> 1.4142135623731	0.5	3	1
