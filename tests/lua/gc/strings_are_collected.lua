-- Long strings that nobody holds give their memory back.
local before = collectgarbage("count")
for i = 1, 20 do local s = ("x"):rep(100000 + i) end
collectgarbage()
print(collectgarbage("count") - before < 300)  --> true
