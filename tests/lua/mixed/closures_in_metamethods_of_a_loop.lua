-- Objects made in a loop keep their own handlers.
local objects = {}
for i = 1, 3 do
  objects[i] = setmetatable({}, { __call = function(_, x) return i * x end, __unm = function() i = i + 10 return i end })
end
print(objects[1](2), objects[2](2), -objects[3], objects[3](2))  --> 2	4	13	26
