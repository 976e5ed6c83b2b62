-- Each time round, closures capture variables of their own.
local functions = {}
do
  local i = 1
  ::again::
  local mine = i
  functions[i] = function() mine = mine + 10 return mine, i end
  i = i + 1
  if i <= 3 then goto again end
end
print(functions[1]())  --> 11	4
print(functions[1]())  --> 21	4
print(functions[2]())  --> 12	4
print(functions[3]())  --> 13	4
