-- Strings of a fixed size, after their length, or before a zero byte.
local function show(s)
  return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end
print(show(string.pack("c5", "abc")), show(string.pack("c0", "")), show(string.pack("c2", 12)))  --> 6162630000		3132
print(show(string.pack("<s2", "abc")), show(string.pack(">s", "ab")), show(string.pack("s1", "")))  --> 0300616263	00000000000000026162	00
print(show(string.pack("zz", "ab", "")), #string.pack("s1", ("x"):rep(255)))  --> 61620000	256
print(string.unpack("c3", "abcdef"))  --> abc	4
print(string.unpack("s1 s1", "\2ab\0"))  --> ab		5
print(string.unpack("zc1z", "ab\0xcd\0"))  --> ab	x	cd	8
print(string.unpack("<s2 >s2", "\3\0abc\0\1x"))  --> abc	x	9
print(#string.unpack("z", ("y"):rep(100000) .. "\0"), #string.unpack("<s4", string.pack("<s4", ("y"):rep(300000))))  --> 100000	300000
