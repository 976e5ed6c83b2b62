-- Existing fields may be given other values while a traversal runs.
local t = { a = 1, b = 2, c = 3 }
for k, v in pairs(t) do t[k] = v * 10 end
print(t.a, t.b, t.c)  --> 10	20	30
