-- In 5.1 xpcall ignores further arguments.
print(xpcall(function(...) return select("#", ...) end, print, 1, 2, 3))  --> true	0
