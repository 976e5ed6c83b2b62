-- With weak keys and values, an entry lives only when both are held.
local t = setmetatable({}, { __mode = "kv" })
local a, b = {}, {}
t[a], t[b], t[{}], t[1] = b, {}, a, {}
collectgarbage()
local n = 0
for k in pairs(t) do n = n + 1 end
print(n, t[a] == b)  --> 1	true
