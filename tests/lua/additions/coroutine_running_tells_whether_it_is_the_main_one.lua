-- `coroutine.running` has a second result: whether the main program runs.
print(coroutine.running())  --> nil	true
print(select(2, coroutine.wrap(function() return coroutine.running() end)()))  --> false
