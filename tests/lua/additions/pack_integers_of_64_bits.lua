-- Numbers are doubles: a long integer is unpacked as the double next to it, one without sign as it is.
print(string.format("%.0f", (string.unpack("<j", "\255\255\255\255\255\255\255\127"))))  --> 9223372036854775808
print(string.format("%.0f", (string.unpack("<j", "\1\0\0\0\0\0\32\0"))))  --> 9007199254740992
print(string.format("%.0f", (string.unpack("<j", "\3\0\0\0\0\0\32\0"))))  --> 9007199254740996
print(string.format("%.0f", (string.unpack("<j", "\0\0\0\0\0\0\0\128"))))  --> -9223372036854775808
print(string.format("%.0f", (string.unpack("<J", "\0\0\0\0\0\0\0\128"))))  --> 9223372036854775808
print(string.format("%.0f", (string.unpack("<I16", "\0\0\0\0\0\0\0\128" .. ("\0"):rep(8)))))  --> 9223372036854775808
print(string.pack("<J", 2 ^ 63):byte(1, -1))  --> 0	0	0	0	0	0	0	128
print(string.pack("<J", -1):byte(1, -1))  --> 255	255	255	255	255	255	255	255
print(string.pack("<j", -2 ^ 63):byte(1, -1))  --> 0	0	0	0	0	0	0	128
print((select(2, pcall(string.pack, "j", 2 ^ 63))))  --> bad argument #2 to '?' (number has no integer representation)
print((select(2, pcall(string.pack, "J", 2 ^ 64))))  --> bad argument #2 to '?' (number has no integer representation)
print((select(2, pcall(string.pack, "j", 0 / 0))))  --> bad argument #2 to '?' (number has no integer representation)
