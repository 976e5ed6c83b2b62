-- A gsub with a limit counts to it, however often it has to stop for fuel or calls back.
local text = ("ab1 "):rep(40)
local function show(s, count) print(#s, s:sub(1, 10), s:sub(-10), count) end
show(text:gsub("%w+", "<%0>", 30))  --> 220	<ab1> <ab1	1 ab1 ab1 	30
show(text:gsub("%a(%a)", { b = "long replacement" }, 25))  --> 510	long repla	1 ab1 ab1 	25
local computed = setmetatable({ a = 1 }, { __index = function(_, key) return key == "b" and "computed" end })
show(text:gsub("%a", computed, 50))  --> 335	1computed1	1 ab1 ab1 	50
show(text:gsub("%d", function(digit) return digit + 1 end, 7))  --> 160	ab2 ab2 ab	1 ab1 ab1 	7
show(text:gsub("(.-) ", "%1;"))  --> 160	ab1;ab1;ab	1;ab1;ab1;	40
