-- utf8.offset tells where the n-th code point from a place begins.
local s = "a\195\164\226\130\172\240\159\153\130z"
for n = -7, 7 do
  io.write(n, ":", tostring(utf8.offset(s, n)), " ")
end
print()  --> -7:nil -6:nil -5:1 -4:2 -3:4 -2:7 -1:11 0:1 1:1 2:2 3:4 4:7 5:11 6:12 7:nil 
for i = 1, #s + 1 do
  io.write(i, ":", tostring(utf8.offset(s, 0, i)), " ")
end
print()  --> 1:1 2:2 3:2 4:4 5:4 6:4 7:7 8:7 9:7 10:7 11:11 12:12 
print(utf8.offset(s, 2, 4), utf8.offset(s, -2, 4), utf8.offset(s, 1, -1), utf8.offset(s, 5, 4))  --> 7	1	11	nil
print(utf8.offset("", 1), utf8.offset("", 0), utf8.offset("", -1), utf8.offset("abc", 4), utf8.offset("abc", 5))  --> 1	1	nil	4	nil
print(utf8.offset("\128\128\128", 0, 3), utf8.offset("a", 2^53), utf8.offset("a", -2^62))  --> 1	nil	nil
print(utf8.offset(("\195\164"):rep(20000), 15000), utf8.offset(("\195\164"):rep(20000), -15000), utf8.offset(("\128"):rep(30000), 0, 29999))  --> 29999	10001	1
