-- Multiplication binds tighter than addition, and both are left associative.
print(2 + 3 * 4, (2 + 3) * 4, 20 - 5 - 3, 100 / 10 / 2)  --> 14	20	12	5
print(7 + 8 % 5, 2 * 3 % 4, -2 * 3)  --> 10	2	-6
print(1 .. 2 + 3 .. 4)  --> 154
