-- A zero byte in a pattern is a byte like others.
print(("ab\0cd"):find("b\0c"), ("ab\0cd"):find("b\0d"), ("ab\0cd"):find("b\0."))  --> 2	nil	2	4
print(#("ab\0\0\0cd"):match("\0+"), #("ab\0cd"):match("[\0-b]+"), ("ab\0cd"):match("[^\0]+$"), ("a\0"):match("a\0$") == "a\0")  --> 3	3	cd	true
print(("a\0b\0c"):gsub("\0", "-"))  --> a-b-c	2
print(("x\0y\0"):gsub("%z", "0"))  --> x0y0	2
for word in ("one\0two\0three"):gmatch("[^\0]+") do
  io.write(word, " ")
end
print()  --> one two three 
print(#("(\0a\0\1\1)"):match("%b\0\1"), ("a\0b"):find("%f[\0]"), ("a\0b"):find("%f[^\0]b"), ("\0"):match("%\0") == "\0")  --> 5	2	3	true
print(("a\0b"):find("(\0)b"), ("a\0a\0"):match("(a\0)%1") == "a\0")  --> 2	true
