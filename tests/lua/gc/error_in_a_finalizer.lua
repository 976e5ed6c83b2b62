-- An error in a finalizer comes out of the collection that called it.
do
  local u = newproxy(true)
  getmetatable(u).__gc = function() error("finalizer failed", 0) end
end
local u = nil
print(pcall(collectgarbage))  --> false	finalizer failed
print(type(collectgarbage("count")))  --> number
