-- Existing fields may be set to nil while a traversal runs.
local t = {}
for i = 1, 50 do t[i] = i t["k" .. i] = i end
local n = 0
for k in pairs(t) do t[k] = nil n = n + 1 end
print(n, next(t))  --> 100	nil
