-- Level 0 is the thread's globals, level 1 the running function.
local env = setmetatable({}, { __index = _G })
local function f() return getfenv(1) == env, getfenv(0) == _G, getfenv() == env end
setfenv(f, env)
print(f())  --> true	true	true
print(getfenv(print) == _G)  --> true
