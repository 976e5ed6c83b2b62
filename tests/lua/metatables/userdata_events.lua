-- Userdata take indexing, calling and arithmetic from their metatable.
local u = newproxy(true)
local mt, store = getmetatable(u), {}
mt.__index, mt.__newindex = store, function(_, k, v) store[k] = v end
mt.__call = function(_, x) return x * 2 end
mt.__add = function() return "sum" end
u.x = 5
print(u.x, u(4), u + 1, 1 + u)  --> 5	8	sum	sum
