-- New fields and slots of an object whose class has no __newindex are its own.
local Class = {}
Class.__index = Class
local o = setmetatable({}, Class)
for i = 1, 20 do o["f" .. i] = i; o[i] = -i end
o.name, o.f3, o[7] = "o", nil, nil
local sum = 0
for _, v in pairs(o) do if type(v) == "number" then sum = sum + v end end
print(sum, o.name, o.f3, o[7], rawget(Class, "name"))
o[7], o.f3 = 70, 30
print(o[7], o.f3, #o)
local seen = {}
setmetatable(o, { __index = Class, __newindex = function(_, k, v) seen[#seen + 1] = tostring(k) .. "=" .. tostring(v) end })
o.late, o[21], o[3.5], o.name, o[2] = 1, 2, 3, "p", "two"
o[2] = nil
o[2] = "again"
print(table.concat(seen, " "), o.name, o[2])
Class.__newindex = nil
print(o.late, o[21], o[100])
--> 4	o	nil	nil	nil
--> 70	30	20
--> 3.5=3 21=2 late=1 2=again	p	nil
--> nil	nil	nil
