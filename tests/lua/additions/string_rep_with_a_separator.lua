-- string.rep puts a separator between the copies.
print(("ab"):rep(3, ","), ("ab"):rep(1, ","), "<" .. ("ab"):rep(0, ",") .. ">", "<" .. ("ab"):rep(-1, ",") .. ">")  --> ab,ab,ab	ab	<>	<>
print((""):rep(4, "-"), ("x"):rep(4, ""), ("x"):rep(3, nil), ("x"):rep(2, 7), string.rep(12, 2, " and "))  --> ---	xxxx	xxx	x7x	12 and 12
print(#("abc"):rep(10000, "--"), ("abc"):rep(10000, "--"):sub(-7))  --> 49998	bc--abc
print(#(""):rep(5000, "0123456789"))  --> 49990
print((select(2, pcall(function() local s = string.rep("x", 2, {}) end))))  --> string_rep_with_a_separator.lua:6: bad argument #3 to 'rep' (string expected, got table)
