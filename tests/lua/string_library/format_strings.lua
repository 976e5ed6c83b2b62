-- `%s` pads and cuts strings and takes numbers.
print(("%s|%5s|%-5s|%.2s|%5.1s|%s"):format("abc", "abc", "abc", "abc", "abc", 1.5))  --> abc|  abc|abc  |ab|    a|1.5
print(#("%s"):format(("x"):rep(200)), ("%%"):format(), #("%300s"):sub(1, 3))  --> 200	%	3
