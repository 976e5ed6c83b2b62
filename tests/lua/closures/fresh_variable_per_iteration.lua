-- Each turn of a numeric loop has its own variable.
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
print(fs[1](), fs[2](), fs[3](), fs[1]())  --> 11	12	13	21
