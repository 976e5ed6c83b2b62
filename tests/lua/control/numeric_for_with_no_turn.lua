-- A loop whose start is past its limit does nothing.
local n = 0
for i = 2, 1 do n = n + 1 end
for i = 1, 2, -1 do n = n + 1 end
for i = 1, -math.huge do n = n + 1 end
print(n)  --> 0
