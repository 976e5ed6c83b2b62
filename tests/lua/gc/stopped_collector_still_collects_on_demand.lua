-- A full collection works while automatic collection is stopped.
collectgarbage("stop")
local weak = setmetatable({ {} }, { __mode = "v" })
for i = 1, 1000 do local t = {} end
print(type(weak[1]))  --> table
collectgarbage("collect")
print(weak[1])  --> nil
collectgarbage("restart")
