-- pcall gives true and as many results as are wanted, or false and the error, and nests.
local function three() return 1, nil, 3 end
local function none() end
local function fail() error({ code = 7 }) end
print(pcall(three))
print(pcall(none))
local ok, a, b, c, d = pcall(three)
print(ok, a, b, c, d, (pcall(three)), select("#", pcall(none)))
pcall(three) pcall(fail)
local bad, e = pcall(fail)
print(bad, e.code, pcall(error), pcall(error, nil), pcall(error, "m", 0))
print(pcall(pcall, three), pcall(pcall, fail) == true, pcall(pcall))
print(pcall(function(...) return select("#", ...), ... end, nil, 2, nil))
local function tail(f, ...) return pcall(f, ...) end
print(tail(three), tail(math.max, 1, 5), tail(tail, tail, none))
local function vararg(...) return pcall(unpack, { ... }) end
print(vararg(4, 5, 6))
local log = {}
local ok, m = pcall(function() local x = 1; log[1] = function() return x end; x = 2; error("out", 0) end)
print(ok, m, log[1]())
local depth = 0
local function nest() depth = depth + 1; if depth < 150 then return select(2, pcall(nest)) end return depth end
print(pcall(nest))
--> true	1	nil	3
--> true
--> true	1	nil	3	nil	true	1
--> false	7	false	false	false	m
--> true	true	false	bad argument #1 to '?' (value expected)
--> true	3	nil	2	nil
--> true	true	true	true	true
--> true	4	5	6
--> false	out	2
--> true	150
