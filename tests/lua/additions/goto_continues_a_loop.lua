-- A label at the end of a body makes `goto continue`, in every kind of loop.
for i = 1, 3 do
  if i == 2 then goto continue end
  local shown = i
  print("for", shown)  --> for	1
  ::continue::
end  --> for	3
for _, word in ipairs{"a", "b", "c"} do
  if word == "b" then goto continue end
  print("in", word)  --> in	a
  ::continue::
end  --> in	c
local n = 0
while n < 3 do
  n = n + 1
  if n == 2 then goto continue end
  print("while", n)  --> while	1
  ::continue::
end  --> while	3
repeat
  n = n - 1
  if n == 1 then goto continue end
  print("repeat", n)  --> repeat	2
  ::continue::
until n == 0  --> repeat	0
