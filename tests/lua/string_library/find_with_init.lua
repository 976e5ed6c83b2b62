-- A start position may be negative, and past the end nothing is found but the empty string.
print(("hello"):find("l", 4))  --> 4	4
print(("hello"):find("l", -1))  --> nil
print(("hello"):find("l", -2))  --> 4	4
print(("hello"):find("h", -100))  --> 1	1
print(("hello"):find("", 6))  --> 6	5
