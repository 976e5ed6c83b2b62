-- utf8.len counts code points, or gives nil and the place of the first byte that begins none.
local s = "a\195\164\226\130\172\240\159\153\130z"
print(utf8.len(s), utf8.len(""), utf8.len(s, 2), utf8.len(s, -1), utf8.len(s, 4, 6), utf8.len(s, 12))  --> 5	0	4	1	1	0
print(utf8.len(s, 3))  --> nil	3
print(utf8.len("ab\255c"))  --> nil	3
print(utf8.len("\192\128"), utf8.len("\193\191"))  --> nil	nil	1
print(utf8.len("\224\159\191"), utf8.len("\240\143\191\191"))  --> nil	nil	1
print(utf8.len("\244\143\191\191"), utf8.len("\244\144\128\128"))  --> 1	nil	1
print(utf8.len("\237\160\128"))  --> 1
print(utf8.len("\226\130"), utf8.len("\226\130\172", 1, 1))  --> nil	1
print(utf8.len(("\195\164"):rep(30000)), utf8.len(("a"):rep(50000) .. "\128"))  --> 30000	nil	50001
