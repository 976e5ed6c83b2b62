-- A long table.concat takes exactly its range, however often it has to stop for fuel.
local t = {}
for i = 1, 400 do t[i] = i % 10 end
local all = table.concat(t)
print(#all, all:sub(1, 12), all:sub(-3))  --> 400	123456789012	890
print(#table.concat(t, ", "), #table.concat(t, "", 3), #table.concat(t, "-", 3, 390))  --> 1198	398	775
print(table.concat(t, "", 150, 230))  --> 012345678901234567890123456789012345678901234567890123456789012345678901234567890
