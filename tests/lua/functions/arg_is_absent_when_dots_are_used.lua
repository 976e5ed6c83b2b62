-- A vararg function that uses `...` has a local `arg` that holds nil.
arg = "global"
local function f(...) local n = select("#", ...) return n, arg end
print(f(1, 2))  --> 2	nil
