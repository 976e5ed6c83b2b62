-- A local declared in a loop body is new on each turn.
local fs, i = {}, 0
while i < 3 do
  i = i + 1
  local j = i
  fs[i] = function() j = j * 2 return j, i end
end
print(fs[1]())  --> 2	3
print(fs[3]())  --> 6	3
