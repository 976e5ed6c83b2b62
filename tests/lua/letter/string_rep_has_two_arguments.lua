-- In 5.1 string.rep does not look at a third argument.
print(("ab"):rep(3, ","), ("x"):rep(2, {}))  --> ababab	xx
