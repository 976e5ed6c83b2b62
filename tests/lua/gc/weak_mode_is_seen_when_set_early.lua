-- The mode of the metatable counts at the time of the collection.
local t = {}
t[1] = {}
collectgarbage()
print(type(t[1]))  --> table
setmetatable(t, { __mode = "v" })
collectgarbage()
print(t[1])  --> nil
