-- `find` gives the first and last position, or nil.
print(("hello world"):find("wor"))  --> 7	9
print(("hello"):find("l"), ("hello"):find("xyz"))  --> 3	nil
print(("hello"):find(""), ("hello"):find("", 10), (""):find(""))  --> 1	6	1	0
