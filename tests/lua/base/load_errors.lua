-- A reader that gives no string makes load give nil and a message.
print(pcall(load, function() return {} end))  --> true	nil	reader function must return a string
print(pcall(load, function() error("reader failed", 0) end))  --> true	nil	reader failed
local once = true
print(load(function() if once then once = false return "x =" end end, "=piece"))  --> nil	piece:1: unexpected symbol near '<eof>'
