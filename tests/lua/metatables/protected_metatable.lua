-- `__metatable` hides the metatable and forbids changing it.
local t = setmetatable({}, { __metatable = "locked" })
print(getmetatable(t))  --> locked
print(pcall(setmetatable, t, {}))  --> false	cannot change a protected metatable
