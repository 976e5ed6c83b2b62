-- A backslash before a line break puts a newline into the string.
local s = "one\
two"
print(#s, s:byte(4), (s:gsub("\n", "|")))  --> 7	10	one|two
