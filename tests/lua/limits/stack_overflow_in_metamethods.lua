-- Endless recursion through `__index` functions is an error.
local t = setmetatable({}, {})
getmetatable(t).__index = function(self, k) return self[k .. "x"] end
print((pcall(function() return t.a end)))  --> false
