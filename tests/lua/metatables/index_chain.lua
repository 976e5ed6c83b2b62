-- `__index` tables are followed through many levels, functions last.
local t = setmetatable({}, { __index = function(_, k) return "root " .. k end })
for i = 1, 10 do t = setmetatable({ [i] = i }, { __index = t }) end
print(t[1], t[10], t.x)  --> 1	10	root x
