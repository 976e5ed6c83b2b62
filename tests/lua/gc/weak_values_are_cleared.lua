-- A weak value that nobody else holds is gone after a collection.
local t = setmetatable({}, { __mode = "v" })
local keep = {}
t[1], t[2], t.x, t.y = keep, {}, {}, keep
collectgarbage()
print(t[1] == keep, t[2], t.x, t.y == keep)  --> true	nil	nil	true
