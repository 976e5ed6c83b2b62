-- A table used as a sliding window stays correct over many insertions.
local t = {}
for i = 1, 3000 do t[i] = i t[i - 10] = nil end
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t[2990], t[2991], t[3000])  --> 10	nil	2991	3000
