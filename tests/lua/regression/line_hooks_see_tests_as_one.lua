-- A line hook sees a test and its jump as one instruction, and a new hook starts afresh.
local function trace(source)
  local lines = {}
  local f = loadstring(source)
  debug.sethook(function(event, line) lines[#lines + 1] = line end, "l") f() debug.sethook()
  print(table.concat(lines, " "))
end
trace("if\nmath.sin(1)\nthen\n  a=1\nelse\n  a=2\nend\n")
trace("for i, v in pairs{1, 2} do\n  a = i\nend\n")
trace("a = 1\nwhile a < 3 do\n  a = a + 1\nend\n")
--> 2 4 7
--> 1 2 1 2 1 3
--> 1 2 3 2 3 2 4
