-- Numbers turn into strings by the rules of tostring when concatenated.
print(1 .. 2, 1.5 .. "", -1 .. "x", 2 ^ 31 .. "", 1e100 .. "", 10 / 2 .. "")  --> 12	1.5	-1x	2147483648	1e+100	5
