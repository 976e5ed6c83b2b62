-- table.concat puts separators of any length between the values.
local sep = ("-"):rep(9000)
local t = {}
for i = 1, 130 do t[i] = i end
local s = table.concat(t, sep)
print(#s, s:sub(1, 3), s:sub(-3))  --> 1161282	1--	130
print(select(2, s:gsub("%d+", "")), s:gsub("%-+", ",") == table.concat(t, ","))  --> 130	true
print(#table.concat(t, sep, 3, 4), #table.concat(t, sep, 7, 7))  --> 9002	1
t[131] = {}
print(pcall(table.concat, t, sep))  --> false	invalid value (table) at index 131 in table for 'concat'
