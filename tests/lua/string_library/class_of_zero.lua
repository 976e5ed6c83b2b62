-- `%z` matches the zero byte.
print(("a\0b"):find("%z"), ("a\0b"):gsub("%z", "0"), #("a\0b"):match("%Z+"))  --> 2	a0b	1
