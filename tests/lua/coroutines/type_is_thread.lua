-- A coroutine is a value of type thread.
local co = coroutine.create(function() end)
print(type(co), tostring(co):match("^thread: ") ~= nil, type(coroutine.wrap(function() end)))  --> thread	true	function
