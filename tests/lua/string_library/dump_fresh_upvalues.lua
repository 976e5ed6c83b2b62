-- A reloaded function has new upvalues that hold nil.
local n = 5
local function f() return n end
print(f(), loadstring(string.dump(f))())  --> 5	nil
