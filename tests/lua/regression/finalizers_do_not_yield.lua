-- A finalizer does not yield past what it interrupts, and what it resumes yields to it. So no finalizer is left in the
-- middle, which would keep all others waiting.
local log = {}
local function proxy(finalizer)
  getmetatable(newproxy(true)).__gc = finalizer
end
local co = coroutine.create(function()
  proxy(function()
    log[#log + 1] = coroutine.wrap(function() coroutine.yield("yielded to the finalizer") end)()
    log[#log + 1] = select(2, pcall(coroutine.yield, 5))
  end)
  collectgarbage()
  return "over"
end)
print(coroutine.resume(co))  --> true	over
print(table.concat(log, "; "))  --> yielded to the finalizer; attempt to yield across metamethod/C-call boundary
co = nil
proxy(function() log[#log + 1] = "next" end)
collectgarbage()
collectgarbage()
print(log[3])  --> next
