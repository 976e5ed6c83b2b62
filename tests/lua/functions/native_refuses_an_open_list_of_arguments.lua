-- A native that refuses an open list of arguments sees it unchanged.
local function list() return "x", {}, 3 end
print(pcall(function() return (string.byte(list())) end))
print(pcall(function() return math.max(1, list()) end))
print(select(2, list()) ~= nil, select("#", list()))
print(pcall(math.floor, list()))
print(pcall(function() return string.char(65, 66, list()) end))
--> false	native_refuses_an_open_list_of_arguments.lua:3: bad argument #2 to 'byte' (number expected, got table)
--> false	native_refuses_an_open_list_of_arguments.lua:4: bad argument #2 to 'max' (number expected, got string)
--> true	3
--> false	bad argument #1 to '?' (number expected, got string)
--> false	native_refuses_an_open_list_of_arguments.lua:7: bad argument #3 to 'char' (number expected, got string)
