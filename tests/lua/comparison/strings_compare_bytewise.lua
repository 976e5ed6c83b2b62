-- Strings are ordered by their bytes, a prefix before its extensions.
print("a" < "b", "a" < "B", "Z" < "a", "abc" < "abd", "ab" < "abc", "" < "a")  --> true	false	true	true	true	true
print("a" <= "a", "a" < "a", "10" < "9", "b" > "abc")  --> true	false	true	true
