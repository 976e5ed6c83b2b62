-- The condition of a repeat loop, by every kind of comparison: also those that take a call.
local function counted(condition)
  local rounds = 0
  repeat rounds = rounds + 1 until condition(rounds)
  return rounds
end
print(counted(function(n) return n > 3 end))
--> 4

local n, s = 0, ""
repeat n = n + 1 until n == 5
repeat n = n + 1 until not (n < 9)
repeat n = n - 1 until n <= 6
repeat s = s .. "x" until s >= "xxx"
repeat s = s .. "y" until s == "xxxyy"
print(n, s)
--> 6	xxxyy

local asked = {}
local meta = {}
meta.__lt = function(a, b) asked[#asked + 1] = "lt" return a.v < b.v end
meta.__eq = function(a, b) asked[#asked + 1] = "eq" return a.v == b.v end
local function box(v) return setmetatable({ v = v }, meta) end
local a, b = box(0), box(2)
repeat a = box(a.v + 1) until b < a
repeat a = box(a.v - 1) until a == b
print(a.v, table.concat(asked, " "))
--> 2	lt lt lt eq

local item = { next = { next = { next = false } } }
local depth = 0
repeat item, depth = item.next, depth + 1 until not item
print(depth)
--> 3

local flag
repeat flag = not flag until flag
repeat flag = flag and nil until flag == nil
print(flag)
--> nil
