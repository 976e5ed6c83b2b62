-- The main program cannot yield.
local ok, message = pcall(coroutine.yield, 1)
print(ok, type(message))  --> false	string
