-- Short-circuit values land in the right argument positions.
local function f(...) return select("#", ...), ... end
local a, b, c = 1, nil, false
print(f(a and b, b or c, c and a, a or b))  --> 4	nil	false	false	1
print(f(not a, a == 1 and "yes" or "no", (b or c) == false))  --> 3	false	yes	true
