-- Level 2 is the function that called.
local function sandbox() setfenv(2, { v = "boxed" }) end
local function f() sandbox() return v end
print(f(), v)  --> boxed	nil
