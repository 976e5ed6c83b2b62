-- A count hook fires again and again while code runs.
local n = 0
debug.sethook(function(event) n = n + 1 assert(event == "count") end, "", 100)
for i = 1, 10000 do end
debug.sethook()
print(n >= 90, n <= 210)  --> true	true
