-- `debug.traceback` as the handler appends a traceback to the message.
local ok, message = xpcall(function() error("oops") end, debug.traceback)
print(ok)  --> false
print(message:match("^[^\n]*"))  --> traceback_handler.lua:2: oops
print(message:match("\n(stack traceback:)\n") , message:match("%[C%]: in function 'error'"))  --> stack traceback:	[C]: in function 'error'
