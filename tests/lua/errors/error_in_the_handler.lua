-- An error inside the handler gives up with a message of its own.
local ok, message = xpcall(function() error("first") end, function() error("second") end)
print(ok, type(message))  --> false	string
