-- `setfenv` gives a function its own globals.
local function f() return x end
x = "global"
print(f(), getfenv(f) == _G)  --> global	true
print(setfenv(f, { x = "private" }) == f, f())  --> true	private
print(getfenv(f).x)  --> private
