-- Removing outside the array gives nothing.
local t = { 1, 2 }
print(select("#", table.remove(t, 5)), select("#", table.remove({})), #t)  --> 0	0	2
