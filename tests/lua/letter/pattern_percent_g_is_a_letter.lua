-- In 5.1 %g and %G are the letters.
print(("a g G"):find("%g"), ("a g G"):find("%G"), ("a"):match("%g"), ("agG"):match("[%g%G]+"), (("gGx"):gsub("[^%g]", ".")))  --> 3	5	nil	gG	g..
