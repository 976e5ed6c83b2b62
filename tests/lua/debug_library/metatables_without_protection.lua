-- `debug.getmetatable` and `debug.setmetatable` ignore `__metatable`.
local mt = { __metatable = "locked" }
local t = setmetatable({}, mt)
print(getmetatable(t), debug.getmetatable(t) == mt)  --> locked	true
print(debug.setmetatable(t, nil), getmetatable(t))  --> true	nil
