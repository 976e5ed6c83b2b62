-- A yield deep inside Lua calls suspends them all.
local function deep(n) if n == 0 then return coroutine.yield("deep") end return 1 + deep(n - 1) end
local co = coroutine.create(function() return deep(50) end)
print(coroutine.resume(co))  --> true	deep
print(coroutine.resume(co, 100))  --> true	150
