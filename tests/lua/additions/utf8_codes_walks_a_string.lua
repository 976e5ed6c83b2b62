-- utf8.codes walks over places and code points.
for place, code in utf8.codes("a\195\164\0\226\130\172\240\159\153\130") do
  io.write(place, ":", code, " ")
end
print()  --> 1:97 2:228 4:0 5:8364 8:128578 
for place, code in utf8.codes("") do
  print("never")
end
print((select(2, pcall(function() for p, c in utf8.codes("ab\255") do io.write(p, " ") end end))))  --> 1 2 utf8_codes_walks_a_string.lua:9: invalid UTF-8 code
print((select(2, pcall(function() for p, c in utf8.codes("\228b") do io.write(p, " ") end end))))  --> utf8_codes_walks_a_string.lua:10: invalid UTF-8 code
print((select(2, pcall(function() for p, c in utf8.codes("a\128b") do io.write(p, " ") end end))))  --> utf8_codes_walks_a_string.lua:11: invalid UTF-8 code
local step, s, start = utf8.codes("x\195\164")
print(step == utf8.codes(""), s == "x\195\164", start)  --> true	true	0
print(step(s, 0))  --> 1	120
print(step(s, 1))  --> 2	228
print(step(s, 2))  -->
print(step(s, -5))  --> 1	120
print(step(s, 100))  -->
print(step(("\128"):rep(20000) .. "a", 5))  --> 20001	97
print(pcall(step, ("\128"):rep(20000), 0))  --> false	invalid UTF-8 code
