-- `floor` rounds down and `ceil` up.
print(math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.floor(5), math.floor("2.5"))  --> 3	-4	4	-3	5	2
