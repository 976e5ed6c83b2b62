-- `ipairs` reads raw items and pairs has no handler in 5.1.
local t = setmetatable({ 1 }, { __index = function(_, k) if k < 4 then return k end end, __pairs = error, __ipairs = error })
local n, m = 0, 0
for _ in ipairs(t) do n = n + 1 end
for _ in pairs(t) do m = m + 1 end
print(n, m, t[3])  --> 1	1	3
