-- The condition of `repeat` sees the body's variables behind a label.
local functions, i = {}, 0
repeat
  i = i + 1
  local last = i == 3
  functions[i] = function() return last end
  if i == 2 then goto continue end
  print("body", i)  --> body	1
  ::continue::
until last  --> body	3
print(functions[1](), functions[2](), functions[3]())  --> false	false	true
