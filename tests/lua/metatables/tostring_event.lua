-- `tostring` and `print` use `__tostring`.
local t = setmetatable({ 1, 2 }, { __tostring = function(self) return "list of " .. #self end })
print(t, tostring(t))  --> list of 2	list of 2
