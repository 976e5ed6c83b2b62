-- ! aligns the fields after it, X to what would follow, x is a byte of padding.
local function show(s)
  return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end
print(show(string.pack("<!bi", 1, 2)), show(string.pack("<bi", 1, 2)), show(string.pack("<!2bi", 1, 2)))  --> 0100000002000000	0102000000	010002000000
print(show(string.pack("<!bxXih", 1, 2)), show(string.pack("<! b Xd b", 1, 2)), show(string.pack("<!4bXdb", 1, 2)))  --> 010000000200	010000000000000002	0100000002
print(show(string.pack("<!1bdXi", 1, 0)), show(string.pack("<!bc3s1i2", 1, "xyz", "q", 3)))  --> 010000000000000000	0178797a01710300
print(string.packsize("!bih!2d"), string.packsize("b Xi4"), string.packsize("!b Xi4"), string.packsize("!16 b i16"), string.packsize(""))  --> 18	1	4	32	0
print(string.unpack("<!bi", "\1\0\0\0\2\0\0\0"))  --> 1	2	9
print(string.unpack("<!bi", "\9\1\0\0\0\2\0\0\0\0\0\0", 2))  --> 1	512	9
print(string.unpack("<!4 xXi4 b", "\0\0\0\0\7"))  --> 7	6
