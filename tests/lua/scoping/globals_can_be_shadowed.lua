-- A local named like a library function hides it in its block only.
do
  local type = function() return "mine" end
  print(type(1))  --> mine
end
print(type(1))  --> number
