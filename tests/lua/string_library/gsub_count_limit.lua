-- A fourth argument limits the number of replacements.
print(("aaaa"):gsub("a", "b", 2))  --> bbaa	2
print(("aaaa"):gsub("a", "b", 0))  --> aaaa	0
print(("aaaa"):gsub("a", "b", -1))  --> aaaa	0
