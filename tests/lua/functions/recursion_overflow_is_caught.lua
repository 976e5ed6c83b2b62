-- Endless recursion is an error that pcall catches.
local function deep(n) return 1 + deep(n + 1) end
local ok, message = pcall(deep, 1)
print(ok, message:match("stack overflow"))  --> false	stack overflow
print("still running")  --> still running
