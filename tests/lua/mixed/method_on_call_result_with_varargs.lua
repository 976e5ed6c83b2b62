-- A method call on a call result passes open results on.
local o = {}
function o:count(...) return select("#", ...), self == o end
local function get() return o end
local function many() return 1, nil, nil end
print(get():count(many()))  --> 3	true
print(get():count(0, many()))  --> 4	true
print((get():count(many(), many())))  --> 4
