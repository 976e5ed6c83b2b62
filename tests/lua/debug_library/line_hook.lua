-- A line hook sees each line that is executed.
local lines = {}
local function f()
  local x = 1
  for i = 1, 2 do
    x = x + i
  end
  return x
end
debug.sethook(function(event, line) lines[#lines + 1] = line end, "l")
f()
debug.sethook()
print(table.concat(lines, " "))  --> 11 4 5 6 5 6 5 8 12
