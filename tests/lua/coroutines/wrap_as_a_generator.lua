-- A wrapped coroutine is called like a function and drives a generic loop.
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end) end
local out = {}
for i, sq in range(4) do out[#out + 1] = i .. ":" .. sq end
print(table.concat(out, " "))  --> 1:1 2:4 3:9 4:16
