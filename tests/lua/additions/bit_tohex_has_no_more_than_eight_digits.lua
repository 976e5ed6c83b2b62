-- There are eight digits in 32 bits: more are not shown, as BitOp has it.
print(bit.tohex(0xabc, 9), bit.tohex(0xabc, -100), bit.tohex(1, 2^31))  --> 00000abc	00000ABC	00000001
