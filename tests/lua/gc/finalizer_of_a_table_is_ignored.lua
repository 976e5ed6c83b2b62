-- In 5.1 the `__gc` field means nothing to tables.
local called = false
setmetatable({}, { __gc = function() called = true end })
collectgarbage()
collectgarbage()
print(called)  --> false
