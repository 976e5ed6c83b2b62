-- An empty pattern matches between all bytes and at both ends.
print(("abc"):gsub("", "-"))  --> -a-b-c-	4
print((""):gsub("", "x"))  --> x	1
print(("abc"):gsub("b*", "."))  --> .a..c.	4
