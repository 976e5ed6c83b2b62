-- An error caught inside a coroutine leaves it alive.
local co = coroutine.create(function()
  local ok, message = pcall(error, "caught", 0)
  coroutine.yield(ok, message)
  return "end"
end)
print(coroutine.resume(co))  --> true	false	caught
print(coroutine.resume(co))  --> true	end
