-- The result of `%` has the sign of the divisor, for integers and fractions.
print(5 % 3, -5 % 3, 5 % -3, -5 % -3)  --> 2	1	-1	-2
print(5.5 % 2, -5.5 % 2, 5.5 % -2)  --> 1.5	0.5	-0.5
print(6 % 3, -6 % 3)  --> 0	0
