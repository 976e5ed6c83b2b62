-- A range too large for the stack is an error.
print(pcall(function() return unpack({}, 1, 1e7) end))  --> false	unpack_too_many.lua:2: too many results to unpack
