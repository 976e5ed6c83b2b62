-- `print` insists on a string from `__tostring`, tostring does not.
local t = setmetatable({}, { __tostring = function() return nil end })
print(type(tostring(t)))
local ok, message = pcall(print, t)
print(ok, message)
--> nil
--> false	'tostring' must return a string to 'print'
