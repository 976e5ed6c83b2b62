-- In 5.1 `%s` stops at a zero byte of a short string, and keeps a long one whole.
print(#("%s"):format("a\0b"), #("%s"):format(("a\0b"):rep(50)))  --> 1	150
