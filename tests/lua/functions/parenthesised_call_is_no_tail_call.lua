-- Parentheses cut the results to one.
local function two() return 1, 2 end
local function cut() return (two()) end
local function keep() return two() end
print(select("#", cut()), select("#", keep()))  --> 1	2
