-- Results of some length are put together in portions, and are the strings that have the same bytes.
local words = ("word "):rep(8000)
local s, n = words:gsub("w", "<%0>")
print(#s, n, s:sub(1, 14), s:sub(-9))  --> 56000	8000	<w>ord <w>ord 	d <w>ord 
print(s == ("<w>ord "):rep(8000), s == (" <w>ord"):rep(8000))  --> true	false
local big = ("x"):rep(50000)
local t, m = ("a-b-c"):gsub("-", { ["-"] = big })
print(#t, m, t == "a" .. big .. "b" .. big .. "c")  --> 100003	2	true
local u = ("a-b-c"):gsub("-", function() return big end)
print(u == t, u:find("b", 1, true), (u:gsub("x+", "-")))  --> true	50002	a-b-c
local parts = {}
for i = 1, 3000 do parts[i] = i % 7 == 0 and big:sub(1, i) or i end
local joined = table.concat(parts, ", ", 1, 700)
print(#joined, joined:sub(1, 36))  --> 38455	1, 2, 3, 4, 5, 6, xxxxxxx, 8, 9, 10,
print(#table.concat({ big, big, "tail" }, big), #table.concat(parts))  --> 200004	651980
local loaded = load((function()
    local at = 0
    return function()
        at = at + 1
        return at == 1 and "return '" or at < 60 and big:sub(1, 900) or at == 60 and "'" or nil
    end
end)())
print(#loaded(), loaded() == big .. big:sub(1, 2200))  --> 52200	true
local source = ("local a = %q; x = a "):format("constant"):rep(150)
local f = loadstring(source .. "return '" .. big .. "'", "=dumped")
local dumped = string.dump(f)
print(#dumped, dumped == string.dump(loadstring(dumped)), loadstring(dumped)() == big)  --> 55227	true	true
