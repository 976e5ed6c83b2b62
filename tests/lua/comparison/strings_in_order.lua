-- Strings compare byte by byte, in registers and as constants, the shorter one first.
local words = { "", "a", "ab", "b", "B", "\0", "a\0b", "a\0", "\200", ("x"):rep(200), ("x"):rep(199) .. "y" }
table.sort(words)
for i, w in ipairs(words) do io.write(#w, w < "b" and "<" or "-", w <= "ab" and "<=" or "-", "a" < w and ">" or "-", "ab" <= w and ">=" or "-", " ") end
print()
local a, b = "abc", "abd"
print(a < b, a <= b, a > b, a >= b, a < a, a <= a, not (a < b), a ~= b)
print(pcall(function() return a < 1 end))
print(pcall(function() return {} <= "x" end))
local t, u = {}, {}
print(t == u, t ~= u, t == t, setmetatable(t, {}) == u, setmetatable(t, { __eq = function() return true end }) == u)
--> 0<<=-- 1<<=-- 1<<=-- 1<<=-- 2<<=>- 3<<=>- 2<<=>>= 1-->>= 200-->>= 200-->>= 1-->>= 
--> true	true	false	false	false	true	false	true
--> false	strings_in_order.lua:8: attempt to compare string with number
--> false	strings_in_order.lua:9: attempt to compare table with string
--> false	true	true	false	false
