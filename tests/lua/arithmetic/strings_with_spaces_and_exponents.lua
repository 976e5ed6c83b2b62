-- Coercion skips white space around the number and reads exponents and hexadecimals.
print(" 10 " + 1, "\t5\n" * 2, "1e2" + 0, ".5" + 0, "5." + 0, "0xff" + 0)  --> 11	10	100	0.5	5	255
