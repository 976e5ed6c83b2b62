-- Long strings take no escapes and drop a first line break.
local s = [[
first\n
second]]
print(#s, (s:gsub("\n", "|")))  --> 14	first\n|second
