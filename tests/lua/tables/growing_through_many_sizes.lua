-- A table keeps all its keys while it grows and shrinks.
local t = {}
for i = 1, 2000 do t["k" .. i] = i t[i] = -i end
for i = 1, 2000, 2 do t["k" .. i] = nil end
local n, sum = 0, 0
for k, v in pairs(t) do if type(k) == "string" then n, sum = n + 1, sum + v end end
print(n, sum, #t, t.k2, t.k1, t[2000])  --> 1000	1001000	2000	2	nil	-2000
