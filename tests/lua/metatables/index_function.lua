-- An `__index` function gets the table and the key, and gives one value.
local t = setmetatable({}, { __index = function(self, k) return k .. "!", "dropped" end })
print(t.a, t["b c"], select("#", t.x))  --> a!	b c!	1
print(pcall(function() return t[1] + 1 end))  --> false	index_function.lua:4: attempt to perform arithmetic on field '?' (a string value)
