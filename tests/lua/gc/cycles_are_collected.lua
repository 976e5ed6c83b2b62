-- Objects that hold only each other are garbage.
local weak = setmetatable({}, { __mode = "k" })
do
  local a, b = {}, {}
  a.other, b.other = b, a
  weak[a], weak[b] = true, true
end
local a, b
collectgarbage()
print(next(weak))  --> nil
