-- A finalized object is out of weak values when its finalizer runs, but still a weak key.
local values, keys = setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
local seen
do
  local u = newproxy(true)
  values[1], keys[u] = u, "attached"
  getmetatable(u).__gc = function(o) seen = tostring(values[1]) .. " " .. tostring(keys[o]) end
end
local u = nil
collectgarbage()
print(seen)  --> nil attached
