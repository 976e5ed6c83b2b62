-- A message that is no string comes back as it is.
local t = {}
print(debug.traceback(t) == t, debug.traceback(nil) == nil, debug.traceback(12):match("^12\nstack traceback:\n") ~= nil)  --> true	true	true
