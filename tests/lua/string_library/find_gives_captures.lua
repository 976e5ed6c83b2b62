-- `find` appends the captures to the positions.
print(("key = value"):find("(%w+)%s*=%s*(%w+)"))  --> 1	11	key	value
print(("abc"):find("()b()"))  --> 2	2	2	3
