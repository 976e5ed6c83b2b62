-- A chain of unary operators counts as nesting.
print(loadstring("x = " .. ("- "):rep(250) .. "1", "=s"))  --> nil	s:1: chunk has too many syntax levels
print(loadstring("return " .. ("not "):rep(101) .. "nil")())  --> true
