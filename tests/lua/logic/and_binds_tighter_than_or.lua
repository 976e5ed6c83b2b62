-- `a or b and c` reads as `a or (b and c)`.
print(1 or nil and 2, nil or 1 and 2, (1 or nil) and 2, false and 1 or 3)  --> 1	2	2	3
