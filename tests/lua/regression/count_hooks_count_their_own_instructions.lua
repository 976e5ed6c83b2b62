-- The instructions of a hook function count towards the next call of the count hook.
local function count(source, n)
  local calls = 0
  local f = loadstring(source)
  debug.sethook(function() calls = calls + 1 end, "", n) f() debug.sethook()
  return calls
end
print(count("for i = 1, 4 do a = 1 end", 1), count("for i = 1, 4 do a = 1 end", 2))
print(count("for i, v in pairs{1, 2} do a = i end", 1), count("local a = 1 if a < 2 then a = 3 end", 3))
--> 23	11
--> 18	4
