-- A decimal escape above 255 is a compile error.
print(loadstring([[return "\256"]]))  --> nil	[string "return "\256""]:1: escape sequence too large near '"'
print(loadstring([[return "\255"]])():byte())  --> 255
