-- Tables have no `__pairs`, `__ipairs` and `__len`.
local function never() error("called") end
local t = setmetatable({ "a" }, { __pairs = never, __ipairs = never, __len = never })
for k, v in pairs(t) do print(k, v) end  --> 1	a
for k, v in ipairs(t) do print(k, v) end  --> 1	a
print(#t)  --> 1
