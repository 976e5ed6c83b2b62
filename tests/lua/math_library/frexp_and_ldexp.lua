-- `frexp` splits a number into mantissa and exponent, `ldexp` joins them.
print(math.frexp(8))  --> 0.5	4
print(math.frexp(0))  --> 0	0
print(math.frexp(-0.3))  --> -0.6	-1
print(math.ldexp(0.5, 4), math.ldexp(1, -2), math.ldexp(3, 0))  --> 8	0.25	3
