-- One assignment may have a hundred targets.
local t = {}
for i = 1, 100 do t[i] = "v" .. i end
local names = table.concat(t, ",")
print(loadstring(names .. " = " .. names:gsub("v", "") .. " return v1, v50, v100")())  --> 1	50	100
