-- The handler of xpcall gets the error value and its result replaces it.
print(xpcall(function() error("bad", 0) end, function(m) return "handled: " .. m end))  --> false	handled: bad
print(xpcall(function() return 1, 2 end, function() return "unused" end))  --> true	1	2
