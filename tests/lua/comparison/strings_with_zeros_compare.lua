-- A zero byte is an ordinary byte in comparisons.
print("a\0b" == "a\0b", "a\0b" == "a\0c", "a\0b" < "a\0c", "a" < "a\0", "a\0" < "a\0a")  --> true	false	true	true	true
