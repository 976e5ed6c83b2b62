-- `__lt` and `__le` order objects, and the greater forms swap them.
local mt = {
  __lt = function(a, b) return a.n < b.n end,
  __le = function(a, b) return a.n <= b.n end,
}
local one, two = setmetatable({ n = 1 }, mt), setmetatable({ n = 2 }, mt)
print(one < two, two < one, one <= one, two <= one, one > two, two >= one)  --> true	false	true	false	false	true
