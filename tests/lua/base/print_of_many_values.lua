-- print takes as many values as a call has, some of which have their own way to become text.
local t = {}
for i = 1, 1200 do t[i] = "" end
t[700] = setmetatable({}, { __tostring = function() return "seven" end })
t[701] = 701
t[1200] = setmetatable({}, { __tostring = function() return "last" end })
print(unpack(t, 650, 1200))  --> 																																																		seven	701																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																			last
