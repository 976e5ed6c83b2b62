-- A level below 0 is a tail call about which nothing is known: to getinfo, and in each line of a traceback.
for _, level in ipairs { -1, -64, -65, -70000, -2 ^ 31 } do
  local info = debug.getinfo(level)
  print(info.what, info.short_src, info.currentline, info.func)
end
--> tail	(tail call)	-1	nil
--> tail	(tail call)	-1	nil
--> tail	(tail call)	-1	nil
--> tail	(tail call)	-1	nil
--> tail	(tail call)	-1	nil
print((debug.traceback("m", -2):gsub("\n\t%[C%].*", "")))
--> m
--> stack traceback:
--> 	(tail call): ?
--> 	(tail call): ?
local function lost(level)
  local text = debug.traceback("m", level)
  local whole = #text + 16 * level == #debug.traceback("m", 0)
  return select(2, text:gsub("\n\t%(tail call%): %?", "")), whole
end
print(lost(-64))  --> 64	true
print(lost(-65))  --> 65	true
print(lost(-3000))  --> 3000	true
