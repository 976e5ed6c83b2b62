-- A read format that is not known is an argument error.
local name = os.tmpname()
local f = io.open(name)
print(pcall(function() f:read("*x") end))  --> false	invalid_read_format.lua:4: bad argument #1 to 'read' (invalid format)
print(pcall(function() f:read("n") end))  --> false	invalid_read_format.lua:5: bad argument #1 to 'read' (invalid option)
f:close()
os.remove(name)
