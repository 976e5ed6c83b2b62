-- A native function has no lines.
local i = debug.getinfo(print)
print(i.what, i.short_src, i.source, i.currentline, i.linedefined, i.lastlinedefined)  --> C	[C]	=[C]	-1	-1	-1
