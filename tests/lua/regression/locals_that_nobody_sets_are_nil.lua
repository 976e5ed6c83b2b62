-- A local that nobody reads or sets is nil, too: for `debug`, for weak tables, for finalizers.
local weak = setmetatable({}, { __mode = "k" })
local finalized = 0
local function leave()
  local p, q, r, s = newproxy(true), {}, {}, {}
  getmetatable(p).__gc = function() finalized = finalized + 1 end
  weak[q], weak[r], weak[s] = true, true, true
end
local function show()
  print(debug.getlocal(2, 1))
  print(debug.getlocal(2, 3))
end
local function stand()
  local a, a2, a3, a4, a5
  local b = 1
  collectgarbage()
  show()
  local n = 0
  for k in pairs(weak) do n = n + 1 end
  return n
end
leave()
local left = stand()
print(left, finalized)
--> a	nil
--> a3	nil
--> 0	1
