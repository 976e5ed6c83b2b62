-- Numbers become 32 bits with a sign: the upper bits are lost, fractions are rounded to even.
print(bit.tobit(0xffffffff), bit.tobit(0xffffffff + 1), bit.tobit(2^40 + 1234))  --> -1	0	1234
print(bit.tobit(2^31), bit.tobit(2^31 - 1), bit.tobit(-2^31 - 1))  --> -2147483648	2147483647	2147483647
print(bit.tobit(0.5), bit.tobit(1.5), bit.tobit(2.5), bit.tobit(-1.5), bit.tobit(-0.4))  --> 0	2	2	-2	0
print(bit.tobit(2^52 + 2^33 + 5), bit.tobit(1 / 0), bit.tobit(-1 / 0), bit.tobit(0 / 0))  --> 2	0	0	0
print(bit.tobit("12"), bit.tobit(" 0xff "), bit.band("7", 12))  --> 12	255	4
