-- String functions accept numbers.
print(string.len(123), string.rep(7, 3), string.sub(12345, 2, 3), string.upper(1.5), (5 .. ""):byte())  --> 3	777	23	1.5	53
