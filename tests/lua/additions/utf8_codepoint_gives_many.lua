-- utf8.codepoint gives the code points that begin in a range of bytes.
local s = "a\195\164\226\130\172\240\159\153\130z"
print(utf8.codepoint(s))  --> 97
print(utf8.codepoint(s, 1, -1))  --> 97	228	8364	128578	122
print(utf8.codepoint(s, 2), utf8.codepoint(s, 4, 4), utf8.codepoint(s, -1))  --> 228	8364	122
print(utf8.codepoint(s, 2, 4))  --> 228	8364
print(select("#", utf8.codepoint(s, 3, 2)), select("#", utf8.codepoint("", 1, 0)))  --> 0	0
print(utf8.codepoint("\0x", 1, 2))  --> 0	120
print(select("#", utf8.codepoint(("\195\164"):rep(3000), 1, -1)))  --> 3000
