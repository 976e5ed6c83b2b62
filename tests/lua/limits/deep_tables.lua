-- A structure nested ten thousand deep is built and walked.
local t = {}
local top = t
for i = 1, 10000 do t.next = { depth = i } t = t.next end
local n = 0
while top.next do top = top.next n = n + 1 end
print(n, top.depth)  --> 10000	10000
