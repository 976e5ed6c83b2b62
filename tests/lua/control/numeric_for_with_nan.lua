-- A nan bound means no turn at all.
local nan, n = 0 / 0, 0
for i = nan, 3 do n = n + 1 end
for i = 1, nan do n = n + 1 end
for i = 1, 3, nan do n = n + 1 end
print(n)  --> 0
