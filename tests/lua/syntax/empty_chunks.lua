-- An empty chunk, a comment and lone semicolons.
print(loadstring("")(), loadstring("-- nothing")(), loadstring("--[[ all ]]")())  --> nil	nil
print(loadstring(";", "=s"))  --> nil	s:1: unexpected symbol near ';'
print(loadstring("x = 1;; y = 2", "=s"))  --> nil	s:1: unexpected symbol near ';'
