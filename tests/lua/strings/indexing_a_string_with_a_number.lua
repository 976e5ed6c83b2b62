-- Indexing a string looks in the string table, so a number finds nothing.
local s = "abc"
print(s[1], s.byte == string.byte)  --> nil	true
print(pcall(function() s.x = 1 end))  --> false	indexing_a_string_with_a_number.lua:4: attempt to index upvalue 's' (a string value)
