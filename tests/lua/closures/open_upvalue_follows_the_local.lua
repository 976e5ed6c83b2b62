-- While its function runs, a captured local and the upvalue are one variable.
local x = 1
local function set(v) x = v end
local function get() return x end
set(5)
print(x, get())  --> 5	5
x = 9
print(get())  --> 9
