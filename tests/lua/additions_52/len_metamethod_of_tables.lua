-- `#` calls `__len` of a table; the library looks at the table itself.
local t = setmetatable({ 1, 2, 3 }, { __len = function(t, also) return rawequal(t, also) and "length" end })
print(#t)  --> length
table.insert(t, 4)
print(t[4], table.getn(t), table.concat(t, ","), select("#", unpack(t)))  --> 4	4	1,2,3,4	4
print(#setmetatable({ 1, 2 }, {}))  --> 2
local meta = {}
local late = setmetatable({ 1, 2 }, meta)
print(#late)  --> 2
meta.__len = function() return 10 end
print(#late)  --> 10
meta.__len = nil
print(#late)  --> 2
print(#"string")  --> 6
print(pcall(function() return #setmetatable({}, { __len = function() error("own error", 0) end }) end))  --> false	own error
local sum = 0
for _ = 1, 1000 do
  sum = sum + #setmetatable({}, { __len = function() return 2 end })
end
print(sum)  --> 2000
print(coroutine.wrap(function() return #setmetatable({}, { __len = coroutine.yield }) end)() ~= nil)  --> true
