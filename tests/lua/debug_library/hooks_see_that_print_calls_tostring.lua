-- Call hooks hear of each call of tostring that print makes.
local seen = {}
local function hook(event)
  local info = debug.getinfo(2, "nf")
  local known = info.func == print and "print" or info.func == tostring and "tostring"
  if known then seen[#seen + 1] = event .. " " .. known .. " " .. tostring(info.name) end
end
debug.sethook(hook, "cr")
print(1, "two")  --> 1	two
debug.sethook()
print(table.concat(seen, ", "))  --> call print print, call tostring nil, return tostring nil, call tostring nil, return tostring nil, return print print
seen = {}
debug.sethook(hook, "c")
print()  -->
print(setmetatable({}, { __tostring = function() return "shown" end }))  --> shown
debug.sethook()
print(table.concat(seen, ", "))  --> call print print, call print print, call tostring nil
