-- A base from 2 to 36 reads digits and letters.
print(tonumber("1010", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("777", 8))  --> 10	255	255	1295	511
print(tonumber("8", 8), tonumber("g", 16), tonumber("", 10), tonumber(" 11 ", 2), tonumber("0xff", 16), tonumber(10, 2))  --> nil	nil	nil	3	255	2
