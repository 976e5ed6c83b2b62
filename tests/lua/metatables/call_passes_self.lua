-- `__call` gets the object before the arguments and gives all results.
local t = setmetatable({ k = 2 }, { __call = function(self, a, b) return self.k, a, b, self ~= nil end })
print(t(5, "x"))  --> 2	5	x	true
print(select("#", t()))  --> 4
