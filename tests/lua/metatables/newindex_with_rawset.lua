-- `rawset` inside `__newindex` makes the next write a plain one.
local writes = 0
local t = setmetatable({}, { __newindex = function(self, k, v) writes = writes + 1 rawset(self, k, v) end })
t.x = 1
t.x = 2
print(t.x, writes)  --> 2	1
