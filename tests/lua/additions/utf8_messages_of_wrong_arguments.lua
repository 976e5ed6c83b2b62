-- The messages of utf8 are those of Lua 5.3.
local function try(f)
  return (select(2, pcall(f)))
end
print(try(function() local x = utf8.char(65, -1) end))  --> utf8_messages_of_wrong_arguments.lua:5: bad argument #2 to 'char' (value out of range)
print(try(function() local x = utf8.char(0x110000) end))  --> utf8_messages_of_wrong_arguments.lua:6: bad argument #1 to 'char' (value out of range)
print(try(function() local x = utf8.char(65.5) end))  --> utf8_messages_of_wrong_arguments.lua:7: bad argument #1 to 'char' (number has no integer representation)
print(try(function() local x = utf8.char("x") end))  --> utf8_messages_of_wrong_arguments.lua:8: bad argument #1 to 'char' (number expected, got string)
print(try(function() local x = utf8.codepoint("abc", 4) end))  --> utf8_messages_of_wrong_arguments.lua:9: bad argument #3 to 'codepoint' (out of range)
print(try(function() local x = utf8.codepoint("abc", 0) end))  --> utf8_messages_of_wrong_arguments.lua:10: bad argument #2 to 'codepoint' (out of range)
print(try(function() local x = utf8.codepoint("abc", 1, 4) end))  --> utf8_messages_of_wrong_arguments.lua:11: bad argument #3 to 'codepoint' (out of range)
print(try(function() local x = utf8.codepoint("a\255", 1, -1) end))  --> utf8_messages_of_wrong_arguments.lua:12: invalid UTF-8 code
print(try(function() local x = utf8.len("abc", 5) end))  --> utf8_messages_of_wrong_arguments.lua:13: bad argument #2 to 'len' (initial position out of string)
print(try(function() local x = utf8.len("abc", 0) end))  --> utf8_messages_of_wrong_arguments.lua:14: bad argument #2 to 'len' (initial position out of string)
print(try(function() local x = utf8.len("abc", 1, 4) end))  --> utf8_messages_of_wrong_arguments.lua:15: bad argument #3 to 'len' (final position out of string)
print(try(function() local x = utf8.offset("abc", 1, 5) end))  --> utf8_messages_of_wrong_arguments.lua:16: bad argument #3 to 'offset' (position out of range)
print(try(function() local x = utf8.offset("abc") end))  --> utf8_messages_of_wrong_arguments.lua:17: bad argument #2 to 'offset' (number expected, got no value)
print(try(function() local x = utf8.offset("\195\164", 1, 2) end))  --> utf8_messages_of_wrong_arguments.lua:18: initial position is a continuation byte
print(try(function() local x = utf8.codes() end))  --> utf8_messages_of_wrong_arguments.lua:19: bad argument #1 to 'codes' (string expected, got no value)
