-- A greedy repetition gives back what the rest needs.
print(("aaab"):match("a*ab"), ("foo.bar.baz"):match("(.*)%.(.*)"), ("12ab"):match("%d+%d%a"))  --> aaab	foo.bar	12a
