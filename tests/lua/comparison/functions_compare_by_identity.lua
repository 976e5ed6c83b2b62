-- Each evaluation of a function that captures something makes a new closure.
local function make(n) return function() return n end end
local f, g = make(1), make(1)
print(f == g, f == f, print == print)  --> false	true	true
