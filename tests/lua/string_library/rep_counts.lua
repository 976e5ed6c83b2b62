-- `string.rep` repeats, and gives an empty string for no or negative counts.
print(("ab"):rep(3), "[" .. ("ab"):rep(0) .. "]", "[" .. ("ab"):rep(-1) .. "]", #(""):rep(100), #("x"):rep(10000))  --> ababab	[]	[]	0	10000
