-- A coroutine has room for deep recursion of its own, and overflow is caught by resume.
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
print(coroutine.resume(coroutine.create(sum), 5000))  --> true	12502500
local function forever() return 1 + forever() end
local ok, message = coroutine.resume(coroutine.create(forever))
print(ok, message:match("stack overflow"))  --> false	stack overflow
