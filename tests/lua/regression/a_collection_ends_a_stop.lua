-- After `collectgarbage("stop")` a full collection makes the collector run by itself again.
collectgarbage("stop")
collectgarbage()
local before = gcinfo()
local weak = setmetatable({ {} }, { __mode = "v" })
local garbage
for i = 1, 300000 do garbage = { i } end
print(weak[1] == nil, gcinfo() < before + 5000) --> true	true
