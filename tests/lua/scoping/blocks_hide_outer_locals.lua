-- A block's local hides the outer one until the block ends.
local x = 1
do
  local x = x + 1
  print(x)  --> 2
  do local x = x * 10 print(x) end  --> 20
end
print(x)  --> 1
