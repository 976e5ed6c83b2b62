-- A function may have two hundred locals and not one more.
local function source(n)
  local names = {}
  for i = 1, n do names[i] = "v" .. i end
  return "local " .. table.concat(names, ",") .. " = 1 v" .. n .. " = 2 return v1, v" .. n
end
print(assert(loadstring(source(200)))())  --> 1	2
print(loadstring(source(201), "=many"))  --> nil	many:1: main function has more than 200 local variables
