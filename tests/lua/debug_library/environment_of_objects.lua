-- `debug.getfenv` and `debug.setfenv` reach environments of functions.
local function f() return x end
print(debug.getfenv(f) == _G)  --> true
debug.setfenv(f, { x = "private" })
print(f())  --> private
