-- A captured object lives as long as a closure that captured it.
local weak = setmetatable({}, { __mode = "v" })
local f
do
  local t = { name = "held" }
  weak[1] = t
  f = function() return t end
end
local overwrite
collectgarbage()
print(weak[1] and weak[1].name, f().name)  --> held	held
f = nil
collectgarbage()
print(weak[1])  --> nil
