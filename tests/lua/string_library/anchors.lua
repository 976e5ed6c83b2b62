-- `^` fixes the start and `$` the end, elsewhere they are plain.
print(("abc"):match("^a"), ("abc"):match("^b"), ("abc"):match("c$"), ("abc"):match("b$"))  --> a	nil	c	nil
print(("a^b$c"):match("a^b$c"), ("x$"):find("$", 1, true), (""):match("^$"))  --> a^b$c	2	
print(("hello"):find("^l", 3))  --> 3	3
