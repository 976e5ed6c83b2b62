-- Integers of 1 to 16 bytes in either order, with and without sign.
local function show(s)
  return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end
print(show(string.pack("b", -1)), show(string.pack("B", 255)), show(string.pack("<h", -2)), show(string.pack(">h", -2)))  --> ff	ff	feff	fffe
print(show(string.pack("<i", 1)), show(string.pack(">i", 1)), show(string.pack("<i3", -2)), show(string.pack(">I3", 0x10203)))  --> 01000000	00000001	feffff	010203
print(show(string.pack("<l", -1)), show(string.pack(">j", 258)), show(string.pack("=T", 258)))  --> ffffffffffffffff	0000000000000102	0201000000000000
print(show(string.pack("<i9", -2)), show(string.pack(">i16", 5)), show(string.pack("<I16", -1)))  --> feffffffffffffffff	00000000000000000000000000000005	ffffffffffffffff0000000000000000
print(string.unpack("b", "\255"))  --> -1	2
print(string.unpack("B", "\255"))  --> 255	2
print(string.unpack("<hH", "\254\255\254\255"))  --> -2	65534	5
print(string.unpack(">i3<i3", "\1\2\3\1\2\3"))  --> 66051	197121	7
print(string.unpack("<i16", string.pack("<i16", -12345)))  --> -12345	17
print(string.unpack("<i7 >I5", string.pack("<i7 >I5", -2 ^ 40, 2 ^ 33)))  --> -1099511627776	8589934592	13
