-- A jump to the end of a body closes its variables as the end itself does.
local functions = {}
for i = 1, 4 do
  local square = i * i
  functions[#functions + 1] = function() return i, square end
  if i % 2 == 0 then
    local half = i / 2
    functions[#functions + 1] = function() return i, half end
    goto continue
  end
  square = -square
  ::continue::
end
for _, f in ipairs(functions) do print(f()) end  --> 1	-1
--> 2	4
--> 2	1
--> 3	-9
--> 4	16
--> 4	2
