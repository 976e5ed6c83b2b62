-- `select` counts arguments, nils included, and slices from either end.
print(select("#"), select("#", nil, nil), select("#", 1, nil))  --> 0	2	2
print(select(2, "a", "b", "c"))  --> b	c
print(select(-1, "a", "b", "c"))  --> c
print(select(-2, "a", "b", "c"))  --> b	c
print(select(4, "a", "b", "c"))  -->
