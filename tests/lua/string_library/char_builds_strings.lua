-- `string.char` makes a string of its byte arguments.
print(string.char(72, 105), #string.char(), #string.char(0, 255, 0))  --> Hi	0	3
