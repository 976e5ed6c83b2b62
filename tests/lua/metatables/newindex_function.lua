-- `__newindex` catches writes to absent keys only.
local log = {}
local t = setmetatable({ old = 1 }, { __newindex = function(self, k, v) log[#log + 1] = k .. "=" .. v end })
t.old, t.new = 2, 3
print(t.old, t.new, table.concat(log))  --> 2	nil	new=3
