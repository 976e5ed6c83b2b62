-- The option L gives the set of lines that hold code.
local function f()
  local x = 1

  return x
end
local lines = {}
for line in pairs(debug.getinfo(f, "L").activelines) do lines[#lines + 1] = line end
table.sort(lines)
print(table.concat(lines, " "))  --> 3 5 6
