-- A string error gets the position of the caller of the wrapped function in front.
local f = coroutine.wrap(function() error("inside", 0) end)
print(pcall(function()  --> false	wrap_adds_the_position.lua:4: inside
  f()
end))
