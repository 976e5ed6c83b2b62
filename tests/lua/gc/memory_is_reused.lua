-- Garbage made in a long loop does not pile up.
collectgarbage()
local before = collectgarbage("count")
for i = 1, 20000 do local t = { i, tostring(i) } end
collectgarbage()
print(collectgarbage("count") - before < 100)  --> true
