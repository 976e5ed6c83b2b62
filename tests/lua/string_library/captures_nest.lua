-- Captures are numbered by their opening bracket.
print(("abcd"):match("((a)(b(c)))d"))  --> abc	a	bc	c
print(("abc"):match("()"), ("abc"):match("b()"), ("k=v"):match("^(%w)=(%w)$"))  --> 1	3	k	v
