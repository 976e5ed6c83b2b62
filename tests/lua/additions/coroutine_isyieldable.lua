-- `coroutine.isyieldable` is true inside of coroutines, also below natives and metamethods.
print(coroutine.isyieldable())  --> false
local function body()
  local object = setmetatable({}, { __index = function() return coroutine.isyieldable() end })
  print(coroutine.isyieldable(), pcall(coroutine.isyieldable))  --> true	true	true
  print(object.field)  --> true
  return coroutine.isyieldable()
end
print(coroutine.wrap(body)())  --> true
