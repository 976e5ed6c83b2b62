-- band, bor and bxor fold all their arguments; results have a sign.
print(bit.band(0x12345678, 0xff), bit.band(-1, 0xf0f0, 0x1ff), bit.band(-7))  --> 120	240	-7
print(bit.bor(1, 2, 4, 8), bit.bor(0x80000000, 1), bit.bor(2^33))  --> 15	-2147483647	0
print(bit.bxor(0xa5a5f0f0, 0xaa55ff00), bit.bxor(1, 3, 7, 15), bit.bxor(-1))  --> 267390960	10	-1
print(bit.bnot(0), bit.bnot(0x12345678), bit.bnot(-1))  --> -1	-305419897	0
local all = {}
for i = 1, 3000 do
  all[i] = i
end
print(bit.bxor(unpack(all)), bit.bor(unpack(all)))  --> 3000	4095
