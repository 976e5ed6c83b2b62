-- A level that falls on a tail call has no position.
local function inner() error("m", 2) end
local function outer() return inner() end
print(pcall(function() outer() end))  --> false	m
