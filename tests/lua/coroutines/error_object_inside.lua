-- The error value of a coroutine may be any value.
local e = { code = 7 }
local co = coroutine.create(function() error(e) end)
local ok, got = coroutine.resume(co)
print(ok, got == e, got.code)  --> false	true	7
