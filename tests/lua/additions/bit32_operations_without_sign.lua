-- The results of bit32 are not negative; the folding functions need no argument.
print(bit32.band(), bit32.bor(), bit32.bxor(), bit32.btest())  --> 4294967295	0	0	true
print(bit32.band(-1), bit32.bor(-2, 1), bit32.bxor(0xff, -1), bit32.bnot(0), bit32.bnot(-1))  --> 4294967295	4294967295	4294967040	4294967295	0
print(bit32.band(0xff, 0x3c, 0xf), bit32.btest(1, 2), bit32.btest(3, 2, 6), bit32.btest(0))  --> 12	false	true	false
print(bit32.band(2^32 + 5), bit32.bor(2^40 + 3, 0), bit32.band("0x1F", "7"), bit32.bor(2.5), bit32.bor(3.5), bit32.bor(-1.5))  --> 5	3	7	2	4	4294967294
