-- `%bxy` matches a balanced run.
print(("f(a(b)c)d"):match("%b()"), ("[[x]]"):match("%b[]"), ("(("):match("%b()"), ("if x endif"):match("%bif"))  --> (a(b)c)	[[x]]	nil	if
