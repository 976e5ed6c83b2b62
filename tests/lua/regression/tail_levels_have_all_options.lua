-- debug.getinfo of a level below 0 is a lost tail call, about which any option may be asked.
local info = debug.getinfo(-1, "xS")
print(info.what, info.short_src, info.currentline) --> tail	(tail call)	nil
print(pcall(debug.getinfo, 1, "x")) --> false	bad argument #2 to '?' (invalid option)
