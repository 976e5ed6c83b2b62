-- `coroutine.close` makes a suspended coroutine a dead one; its variables live on in closures.
local function body()
  local n = 1
  local function count()
    n = n + 1
    return n
  end
  coroutine.yield(count)
  print("never")
end
local co = coroutine.create(body)
local _, count = coroutine.resume(co)
print(count(), coroutine.status(co))  --> 2	suspended
print(coroutine.close(co))  --> true
print(count(), coroutine.status(co))  --> 3	dead
print(coroutine.resume(co))  --> false	cannot resume dead coroutine
print(coroutine.close(co))  --> true
print(coroutine.close(coroutine.create(body)))  --> true
collectgarbage()
print(count())  --> 4
local generate = coroutine.wrap(function() coroutine.yield(1) end)
print(generate(), generate())  --> 1
