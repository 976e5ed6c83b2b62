-- Objects that die together are finalized in reverse order of creation.
local order = {}
local function make(name)
  local u = newproxy(true)
  getmetatable(u).__gc = function() order[#order + 1] = name end
end
make("a") make("b") make("c")
collectgarbage()
print(table.concat(order, " "))  --> c b a
