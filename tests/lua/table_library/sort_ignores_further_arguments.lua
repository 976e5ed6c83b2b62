-- What is more than a table and a function is ignored, however much it is.
local many = {}
for i = 1, 7950 do many[i] = i end
local t = { 3, 1, 2 }
table.sort(t, nil, unpack(many))
print(unpack(t)) --> 1	2	3
table.sort(t, function(a, b) return a > b end, unpack(many))
print(unpack(t)) --> 3	2	1
local long = {}
for i = 1, 3000 do long[i] = i * 7 % 3001 end
table.sort(long, nil, unpack(many))
print(long[1], long[2], long[3000]) --> 1	2	3000
