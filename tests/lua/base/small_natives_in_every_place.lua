-- Small natives work as statements, operands, tail calls, iterators and with arguments of any kind.
local zero = 0
local function floor(x) return math.floor(x) end
print(floor(2.5), floor(-2.5), floor("7.9"), math.floor(1e300), 1 / math.floor(-zero), math.floor(-0.5))
print(pcall(math.floor), pcall(math.floor, {}), pcall(floor, nil))
print(math.sqrt(2) ^ 2 - 2 < 1e-15, tostring(math.sqrt(-1)):gsub("-", ""), math.abs(-3), math.abs("-4"), 1 / math.abs(-zero))
print(math.max(1, 2), math.max(2, 1), math.max(1), math.max(3, 1, 2), math.min(1, 2), math.min(2, 1), math.min("10", 9))
print(1 / math.max(zero, -zero), 1 / math.max(-zero, zero), pcall(math.max))
print(type(nil), type(1), type("x"), type({}), type(type), type(true), pcall(type))
print(string.byte("abc"), string.byte("abc", 2), string.byte("abc", -1), string.byte("", 1), string.byte("abc", 9), ("x"):byte(), string.byte("abc", 1.7), string.byte("abc", "2"))
print(select("#", string.byte("", 1)), (string.byte("", 1)), string.byte("abc", 0), select("#", string.byte("abc", 1, 3)))
print(string.len("four"), ("five5"):len(), string.len(12), pcall(string.len))
print(rawget({ 1, x = 2 }, "x"), rawget({ 5 }, 1), rawget({}, true), rawget(setmetatable({}, { __index = function() return 1 end }), "y"), pcall(rawget, 1, 2))
local t = setmetatable({}, { __metatable = "locked" })
print(getmetatable(t), pcall(setmetatable, t, {}), pcall(setmetatable, {}), pcall(setmetatable, {}, 1))
print(getmetatable(setmetatable({}, nil)), setmetatable(setmetatable({}, {}), {}) ~= nil)
math.floor(1) type(1) string.byte("x")
for x in math.floor, 3 do print("never", x) break end
for a, b in pairs { select(2, "k", "v") } do print(a, b) end
--> 2	-3	7	1e+300	-inf	-1
--> false	false	false	small_natives_in_every_place.lua:3: bad argument #1 to 'floor' (number expected, got nil)
--> true	nan	3	4	inf
--> 2	2	1	3	1	1	9
--> inf	-inf	false	bad argument #1 to '?' (number expected, got no value)
--> nil	number	string	table	function	boolean	false	bad argument #1 to '?' (value expected)
--> 97	98	99	nil	nil	120	97	98
--> 0	nil	nil	3
--> 4	5	2	false	bad argument #1 to '?' (string expected, got no value)
--> 2	5	nil	nil	false	bad argument #1 to '?' (table expected, got number)
--> locked	false	false	false	bad argument #2 to '?' (nil or table expected)
--> nil	true
--> never	3
--> 1	v
