-- `__len` applies to userdata.
local u = newproxy(true)
getmetatable(u).__len = function() return 42 end
print(#u, type(u))  --> 42	userdata
print(pcall(function() return #newproxy() end))  --> false	len_of_userdata.lua:5: attempt to get length of a userdata value
