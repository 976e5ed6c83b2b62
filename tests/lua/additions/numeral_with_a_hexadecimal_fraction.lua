-- Hexadecimal numerals may have a fraction, and a binary exponent with a sign.
print(0x1.8, 0x.8, 0xA., 0x.1, 0xfF.fF)  --> 1.5	0.5	10	0.0625	255.99609375
print(0x1p4, 0x1p-2, 0x1P+3, 0x1.8p3, 0X.8P1, 0xA.p1)  --> 16	0.25	8	12	1	20
print(0x1e+5, 0x1e.8, -0x.8)  --> 35	30.5	-0.5
