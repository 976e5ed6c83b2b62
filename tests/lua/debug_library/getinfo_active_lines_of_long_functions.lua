-- The lines of a long function are all there, and the function itself when that is asked for, too.
local f = loadstring(("x = 1\n"):rep(3000))
local info = debug.getinfo(f, "Lf")
local count = 0
for line, is in pairs(info.activelines) do assert(is == true and line >= 1 and line <= 3000) count = count + 1 end
print(count, info.func == f, info.source)  --> 3000	true	nil
info = debug.getinfo(f, "SlunL")
print(info.func, info.linedefined, #info.activelines)  --> nil	0	3000
print(debug.getinfo(print, "L").activelines)  --> nil
