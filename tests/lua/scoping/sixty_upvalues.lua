-- A function may capture sixty variables and not one more.
local function source(n)
  local names = {}
  for i = 1, n do names[i] = "v" .. i end
  local list = table.concat(names, ",")
  return "local " .. list .. "\nreturn function() return " .. list .. " end"
end
print(type(assert(loadstring(source(60)))()))  --> function
print(loadstring(source(61), "=many"))  --> nil	many:2: function at line 2 has more than 60 upvalues
