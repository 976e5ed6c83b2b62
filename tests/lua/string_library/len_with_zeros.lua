-- `string.len` counts zero bytes too.
print(string.len("a\0b\0"), ("\0"):len(), (""):len())  --> 4	1	0
