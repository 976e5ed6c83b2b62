-- A list of pairs is built, reversed, mapped and walked.
local function cons(head, tail) return { head = head, tail = tail } end
local function each(list) return function() if list then local v = list.head list = list.tail return v end end end
local function reverse(list) local r for v in each(list) do r = cons(v, r) end return r end
local function map(f, list) return list and cons(f(list.head), map(f, list.tail)) end
local list
for i = 5, 1, -1 do list = cons(i, list) end
local out = {}
for v in each(map(function(x) return x * x end, reverse(list))) do out[#out + 1] = v end
print(table.concat(out, " "))  --> 25 16 9 4 1
