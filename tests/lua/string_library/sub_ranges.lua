-- `string.sub` counts from either end and clips its range.
local s = "hello"
print(s:sub(2), s:sub(2, 3), s:sub(-3), s:sub(-3, -2), s:sub(0), s:sub(-100, 2))  --> ello	el	llo	ll	hello	he
print("[" .. s:sub(4, 2) .. "]", "[" .. s:sub(10) .. "]", "[" .. s:sub(3, 3) .. "]", s:sub(2, 100), s:sub("2", "3"))  --> []	[]	[l]	ello	el
