-- `io.tmpfile` gives a file for writing and reading.
local f = io.tmpfile()
f:write("scratch")
f:seek("set")
print(f:read("*a"), io.type(f), f:close())  --> scratch	file	true
