-- Integers are exact up to 2^53 and print without a fraction up to 14 digits.
print(2 ^ 53 == 2 ^ 53 + 1, 2 ^ 52 == 2 ^ 52 + 1)  --> true	false
print(99999999999999, 100000000000000, 123456789012345)  --> 99999999999999	1e+14	1.2345678901234e+14
