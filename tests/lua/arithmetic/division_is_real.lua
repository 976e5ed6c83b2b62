-- Division never truncates.
print(7 / 2, -7 / 2, 1 / 3, 6 / 3)  --> 3.5	-3.5	0.33333333333333	2
