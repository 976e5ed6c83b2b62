-- Literals may have fractions, exponents and hexadecimal digits.
print(3, 3.0, 3.1416, 314.16e-2, 0.31416E1, 0xff, 0x56, .5, 5., 0XA, 3e+2)  --> 3	3	3.1416	3.1416	3.1416	255	86	0.5	5	10	300
