-- The plain flag turns magic characters off.
print(("a.b"):find(".", 1, true))  --> 2	2
print(("a.b"):find("."))  --> 1	1
print(("a+b"):find("+b", 1, true))  --> 2	3
print(("[x]"):find("[", 1, true))  --> 1	1
