-- `c and x or y` selects x or y, except that a false x falls through to y.
local function pick(c, x, y) return c and x or y end
print(pick(true, 1, 2), pick(false, 1, 2), pick(nil, 1, 2), pick(true, false, 2), pick(true, nil, 3))  --> 1	2	2	2	3
