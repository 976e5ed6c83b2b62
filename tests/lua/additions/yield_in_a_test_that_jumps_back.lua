-- A coroutine can be left in the comparison that a repeat loop ends by.
local meta = {}
meta.__lt = function(a, b) coroutine.yield("lt") return a.v < b.v end
meta.__eq = function(a, b) coroutine.yield("eq") return a.v == b.v end
local function box(v) return setmetatable({ v = v }, meta) end

local co = coroutine.wrap(function()
  local a, b = box(0), box(2)
  repeat a = box(a.v + 1) until b < a
  repeat a = box(a.v - 1) until a == b
  return "done", a.v
end)
local seen = {}
repeat
  local what, v = co()
  seen[#seen + 1] = what
until what == "done"
print(table.concat(seen, " "))
--> lt lt lt eq done
