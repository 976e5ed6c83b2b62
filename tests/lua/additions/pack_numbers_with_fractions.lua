-- f, d and n pack numbers of four and eight bytes.
local function show(s)
  return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end
print(show(string.pack(">d", 1)), show(string.pack("<d", -2)), show(string.pack(">n", 0.1)), show(string.pack(">f", 0.1)))  --> 3ff0000000000000	00000000000000c0	3fb999999999999a	3dcccccd
print(show(string.pack(">f", 1e300)), show(string.pack(">d", -1 / 0)), show(string.pack(">f", "2")))  --> 7f800000	fff0000000000000	40000000
print(string.unpack(">f", string.pack(">f", 0.5)))  --> 0.5	5
print(string.unpack("<d>d", string.pack("<d>d", 0.1, -1e300)))  --> 0.1	-1e+300	17
print(string.format("%.17g", (string.unpack("f", string.pack("f", 0.1)))))  --> 0.10000000149011612
local nan = string.unpack(">d", "\255\255\255\255\0\0\0\1")
print(nan ~= nan, type(nan))  --> true	number
nan = string.unpack(">d", "\127\248\0\0\0\0\0\1")
print(nan ~= nan, type(nan))  --> true	number
