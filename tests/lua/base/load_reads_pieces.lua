-- `load` concatenates the pieces of its reader until nil or an empty string.
local pieces, i = { "return ", "1 ", "+ 2" }, 0
print(load(function() i = i + 1 return pieces[i] end)())  --> 3
local done = false
print(load(function() if done then return "" end done = true return "return 7" end)())  --> 7
