-- Concatenation is done before comparison, comparison before `and`.
print("a" .. "b" == "ab", 1 + 1 == 2 and 2 < 3, not 1 == 2)  --> true	true	false
