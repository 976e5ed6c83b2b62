-- As many values as a function may return are unpacked, and packed again.
local s = ("\1\2\3"):rep(2000)
local values = { string.unpack(("b"):rep(6000), s) }
print(#values, values[1], values[5999], values[6000], values[6001])  --> 6001	1	2	3	6001
values[6001] = nil
print(string.pack(("b"):rep(6000), unpack(values)) == s)  --> true
print((select(2, pcall(string.unpack, ("b"):rep(9000), ("x"):rep(9000)))))  --> stack overflow (too many results)
print(#string.pack("c100000 i !16 i16", "", 1, 2))  --> 100032
print((select(2, pcall(string.unpack, "b", "abc", 0))))  --> bad argument #3 to '?' (initial position out of string)
