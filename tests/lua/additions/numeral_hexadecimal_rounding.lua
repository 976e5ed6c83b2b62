-- Hexadecimal numerals of any length are rounded to the nearest, ties to even.
print(0x1.00000000000008p0 == 1, 0x1.000000000000080000000000000001p0 == 1 + 2^-52)  --> true	true
print(0x1.00000000000018p0 == 1 + 2^-51, 0x1.fffffffffffff8p0 == 2)  --> true	true
print(0x1p1023 * 2 == 0x1p1024, 0x1.fffffffffffff8p1023, 0x1p-1074 > 0)  --> true	inf	true
print(0x1p-1075, 0x1.0000001p-1075 == 0x1p-1074, 0x0.8p-1073 == 0x1p-1074)  --> 0	true	true
print(0x0.0000000000000000000000000000000000000001p160, 0x1p99999999999999999999)  --> 1	inf
