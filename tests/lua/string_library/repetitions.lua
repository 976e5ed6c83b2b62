-- `*` and `+` take the longest run, `-` the shortest, `?` at most one.
print(("aaa"):match("a*"), ("aaa"):match("a+"), ("aaa"):match("a-") == "", ("aaab"):match("a-b"), ("ab"):match("ax?b"))  --> aaa	aaa	true	aaab	ab
print(("<a><b>"):match("<.*>"), ("<a><b>"):match("<.->"), (""):match("a*") == "", (""):match("a+"))  --> <a><b>	<a>	true	nil
