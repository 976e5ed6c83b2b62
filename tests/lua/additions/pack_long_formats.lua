-- Formats of string.pack and string.packsize may be long, and mean the same.
local values = {}
for i = 1, 3000 do values[i] = i % 100 end
local s = string.pack(("b"):rep(3000), unpack(values))
print(#s, s:byte(1), s:byte(99), s:byte(3000))  --> 3000	1	99	0
print(select("#", string.unpack(("b"):rep(3000), s)))  --> 3001
print(string.packsize(("b i2 "):rep(500)), #string.pack(("!4b i4 x"):rep(200), unpack(values)))  --> 1500	1601
print(string.packsize((" "):rep(5000) .. "i4"), #string.pack((" "):rep(5000) .. "z", "abc"))  --> 4	4
print(string.packsize("i4" .. (" "):rep(2000) .. "\0q"))  --> 4
print(pcall(string.packsize, (" "):rep(3000) .. "q"))  --> false	invalid format option 'q'
print(pcall(string.pack, (" "):rep(3000) .. "bq", 1))  --> false	invalid format option 'q'
print(pcall(string.pack, ("b"):rep(3000), unpack(values, 1, 2999)))  --> false	bad argument #3001 to '?' (number expected, got nil)
print(pcall(string.packsize, ("b"):rep(3000) .. "s"))  --> false	bad argument #1 to '?' (variable-length format)
local strings = {}
for i = 1, 300 do strings[i] = ("x"):rep(i) end
local many = string.pack(("s2 z "):rep(150), unpack(strings))
print(#many, (select(300, string.unpack(("s2 z "):rep(150), many))) == strings[300])  --> 45600	true
