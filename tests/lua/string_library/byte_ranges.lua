-- `string.byte` gives the bytes of a range, none outside.
print(("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1))  --> 97	98	99
print(("abc"):byte(1, -1))  --> 97	98	99
print(select("#", ("abc"):byte(10)), select("#", (""):byte()), select("#", ("abc"):byte(3, 2)))  --> 0	0	0
