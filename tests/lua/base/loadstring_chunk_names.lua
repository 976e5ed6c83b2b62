-- The chunk name decides how messages begin.
print(loadstring("x ="))  --> nil	[string "x ="]:1: unexpected symbol near '<eof>'
print(loadstring("x =", "=name"))  --> nil	name:1: unexpected symbol near '<eof>'
print(loadstring("x =", "@file.lua"))  --> nil	file.lua:1: unexpected symbol near '<eof>'
print(loadstring("first line\nsecond", "first line\nsecond"))  --> nil	[string "first line..."]:1: '=' expected near 'line'
print(loadstring("x = = 1 -- a rather long line that does not fit into the sixty bytes of a chunk id"))  --> nil	[string "x = = 1 -- a rather long line that does not fit into the sixty ..."]:1: unexpected symbol near '='
