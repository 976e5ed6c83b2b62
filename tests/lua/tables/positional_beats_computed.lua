-- Positional items are stored when flushed, after the computed key was set.
local t = { [1] = "computed", "positional" }
print(t[1], #t)  --> positional	1
