-- The length of an array without holes is its last index.
local t = {}
for i = 1, 10 do t[i] = i end
print(#t)  --> 10
t[11] = 11
print(#t)  --> 11
t[11], t[10] = nil, nil
print(#t)  --> 9
