-- A handler added after the metatable was set is seen, and a removed one is gone.
local mt = {}
local t = setmetatable({}, mt)
print(t.x)  --> nil
mt.__index = { x = "now" }
print(t.x)  --> now
mt.__index = nil
print(t.x)  --> nil
