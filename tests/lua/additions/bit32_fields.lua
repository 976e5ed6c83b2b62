-- extract reads and replace writes a field of bits, one bit wide by default.
print(bit32.extract(0x12345678, 0, 4), bit32.extract(0x12345678, 28, 4), bit32.extract(-1, 0, 32), bit32.extract(4, 2), bit32.extract(4, 1, nil))  --> 8	1	4294967295	1	0
print(bit32.replace(0x12345678, 5, 28, 4), bit32.replace(0x12345678, 0x1ff, 0, 8), bit32.replace(0, -1, 31), bit32.replace(-1, 0, 0, 32), bit32.replace(0, 3, 1))  --> 1379161720	305420031	2147483648	0	2
