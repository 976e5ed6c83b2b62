-- What cannot be read is an error that the iterator of lines raises.
local name = os.tmpname()
local f = io.open(name, "w")
print(pcall(f:lines()))  --> false	Bad file descriptor
print(pcall(function() for line in f:lines() do print(line) end end))  --> false	lines_of_an_unreadable_file.lua:5: Bad file descriptor
f:close()
os.remove(name)
