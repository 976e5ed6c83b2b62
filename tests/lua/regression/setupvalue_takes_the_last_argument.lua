-- debug.setupvalue sets the last of its arguments.
local x = 0
local function f() return x end
print(debug.setupvalue(f, 1, 1, 2, 3), x) --> x	3
