-- The length operator counts bytes, zeros included.
print(#"", #"abc", #"a\0b", #"\195\164", #("x"):rep(1000))  --> 0	3	3	2	1000
