-- `print` writes tabs between values and a newline at the end.
print("a", "b", nil, false)  --> a	b	nil	false
print()  -->
print("a b")  --> a b
