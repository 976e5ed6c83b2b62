-- An argument list may not begin on a new line.
print(loadstring("x = f\n(g or h)()", "=s"))  --> nil	s:2: ambiguous syntax (function call x new statement) near '('
print(type(loadstring("x = f;\n(g or h)()", "=s")))  --> function
print(type(loadstring("x = f\n{ 1 }", "=s")))  --> function
