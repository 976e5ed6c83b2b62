-- bswap turns the bytes around, tohex shows up to eight digits, large ones for a negative number of them.
print(bit.bswap(0x12345678), bit.bswap(0x78563412), bit.bswap(-2))  --> 2018915346	305419896	-16777217
print(bit.tohex(1), bit.tohex(-1), bit.tohex(0xabcdef), bit.tohex(2^32 + 255))  --> 00000001	ffffffff	00abcdef	000000ff
print(bit.tohex(-1, 4), bit.tohex(0x87654321, 3), bit.tohex(0xabcd, -8), bit.tohex(0xabcd, -1))  --> ffff	321	0000ABCD	D
print("<" .. bit.tohex(5, 0) .. ">", #bit.tohex(0, 8))  --> <>	8
