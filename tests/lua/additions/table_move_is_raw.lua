-- table.move does not call metamethods, as in LuaJIT.
local source = setmetatable({ 1 }, { __index = function(_, key) return key end })
local target = setmetatable({}, { __newindex = error })
table.move(source, 1, 2, 1, target)
print(target[1], target[2])  --> 1	nil
