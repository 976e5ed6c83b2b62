-- Statements before an error keep their effect and those after it never happen.
local log = {}
pcall(function() log[1] = "a" error() log[2] = "b" end)
print(#log, log[1])  --> 1	a
