-- A weak key that nobody else holds is gone with its value.
local t = setmetatable({}, { __mode = "k" })
local keep = {}
t[keep], t[{}] = "kept", "lost"
collectgarbage()
local n = 0
for k, v in pairs(t) do n = n + 1 assert(k == keep and v == "kept") end
print(n)  --> 1
