-- load calls a reader again that had nothing when it was called first.
local calls = 0
print(type(load(function() calls = calls + 1 end)), calls) --> function	2
local pieces, at = { "", "return 7" }, 0
print(load(function() at = at + 1 return pieces[at] end)(), at) --> 7	3
