-- The `__gc` of userdata is called with the object.
local called = 0
do
  local u = newproxy(true)
  getmetatable(u).__gc = function(o) called = called + 1 assert(type(o) == "userdata") end
end
local u = nil
collectgarbage()
collectgarbage()
print(called)  --> 1
