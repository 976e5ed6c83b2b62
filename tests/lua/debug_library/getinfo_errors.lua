-- A bad option or a bad first argument is an error.
print(pcall(function() debug.getinfo(1, "X") end))  --> false	getinfo_errors.lua:2: bad argument #2 to 'getinfo' (invalid option)
print(pcall(function() debug.getinfo("x") end))  --> false	getinfo_errors.lua:3: bad argument #1 to 'getinfo' (function or level expected)
print(pcall(function() debug.getinfo() end))  --> false	getinfo_errors.lua:4: bad argument #1 to 'getinfo' (function or level expected)
