-- The messages of wrong formats are those of Lua 5.3.
local function try(...)
  return (select(2, pcall(...)))
end
local function pack(...)
  local s = string.pack(...)
end
for _, format in ipairs { "i17", "i0", "!17", "s99", "c", "y", "1", "X", "Xz", "Xc3", "X<", "!4i3", "!i3", "i99999999999" } do
  print(format, try(pack, format, 1))
end
print(try(function() local n = string.packsize("z") end))
print(try(function() local n = string.packsize("is4") end))
print(try(function() local n = string.packsize("c99999999999") end))
--> i17	pack_messages_of_wrong_formats.lua:6: integral size (17) out of limits [1,16]
--> i0	pack_messages_of_wrong_formats.lua:6: integral size (0) out of limits [1,16]
--> !17	pack_messages_of_wrong_formats.lua:6: integral size (17) out of limits [1,16]
--> s99	pack_messages_of_wrong_formats.lua:6: integral size (99) out of limits [1,16]
--> c	pack_messages_of_wrong_formats.lua:6: missing size for format option 'c'
--> y	pack_messages_of_wrong_formats.lua:6: invalid format option 'y'
--> 1	pack_messages_of_wrong_formats.lua:6: invalid format option '1'
--> X	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (invalid next option for option 'X')
--> Xz	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (invalid next option for option 'X')
--> Xc3	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (invalid next option for option 'X')
--> X<	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (invalid next option for option 'X')
--> !4i3	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (format asks for alignment not power of 2)
--> !i3	pack_messages_of_wrong_formats.lua:6: bad argument #1 to 'pack' (format asks for alignment not power of 2)
--> i99999999999	pack_messages_of_wrong_formats.lua:6: integral size (999999999) out of limits [1,16]
--> pack_messages_of_wrong_formats.lua:11: bad argument #1 to 'packsize' (variable-length format)
--> pack_messages_of_wrong_formats.lua:12: bad argument #1 to 'packsize' (variable-length format)
--> pack_messages_of_wrong_formats.lua:13: invalid format option '9'
