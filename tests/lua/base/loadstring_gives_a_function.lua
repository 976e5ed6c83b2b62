-- `loadstring` compiles a vararg function and runs nothing.
local f = loadstring("n = (n or 0) + 1 return n, ...")
print(n)  --> nil
print(f(), f("a", "b"))  --> 1	2	a	b
