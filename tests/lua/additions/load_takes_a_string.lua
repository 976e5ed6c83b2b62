-- `load` compiles a string, or a number's text, under its own text as its name.
print(load("return 1 + 1")())  --> 2
print(load("return ...", "=chunk")(7, 8))  --> 7	8
print(load(12))  --> nil	[string "12"]:1: unexpected symbol near '12'
print(pcall(load("error('no')")))  --> false	[string "error('no')"]:1: no
print(pcall(load("error('no')", "@file.lua")))  --> false	file.lua:1: no
print(load("x =", "=chunk"))  --> nil	chunk:1: unexpected symbol near '<eof>'
print(pcall(load, nil))  --> false	bad argument #1 to '?' (function expected, got nil)
