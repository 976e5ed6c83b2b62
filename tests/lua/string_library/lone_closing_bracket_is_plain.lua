-- A pattern without any magic start is searched as plain text, a lone `)` included.
print(("f(x)"):find("x)"), ("a]b"):find("]b"), ("x"):find("x)"))  --> 3	2	nil
