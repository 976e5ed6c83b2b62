-- An object with `__call` serves as an iterator.
local it = setmetatable({ n = 0 }, { __call = function(self) self.n = self.n + 1 if self.n <= 3 then return self.n end end })
local sum = 0
for v in it do sum = sum + v end
print(sum)  --> 6
