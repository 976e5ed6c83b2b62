-- Labels may be met in any order: a machine of states.
local path = {}
goto first
::second:: path[#path + 1] = "second"
if #path > 4 then goto done end
goto third
::first:: path[#path + 1] = "first" goto second
::third:: path[#path + 1] = "third" goto second
::done::
print(table.concat(path, " "))  --> first second third second third second
