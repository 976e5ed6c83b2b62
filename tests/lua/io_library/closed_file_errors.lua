-- Using a closed file is an error.
local name = os.tmpname()
local f = io.open(name)
f:close()
print(pcall(function() f:read() end))  --> false	closed_file_errors.lua:5: attempt to use a closed file
print(pcall(function() f:write("x") end))  --> false	closed_file_errors.lua:6: attempt to use a closed file
print(pcall(function() f:close() end))  --> false	closed_file_errors.lua:7: attempt to use a closed file
os.remove(name)
