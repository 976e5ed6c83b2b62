-- string.unpack says what is missing.
local function try(...)
  return (select(2, pcall(...)))
end
local function unpack(...)
  local s = string.unpack(...)
end
print(try(unpack, "i4", "abc"))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (data string too short)
print(try(unpack, "!bi4", "a\0\0\0bcd"))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (data string too short)
print(try(unpack, "z", "abc"))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (unfinished string for format 'z')
print(try(unpack, "z", ""))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (unfinished string for format 'z')
print(try(unpack, "s1", "\5abc"))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (data string too short)
print(try(unpack, "s16", ("\255"):rep(16)))  --> pack_unpack_refuses_short_data.lua:6: 16-byte integer does not fit into Lua Integer
print(try(unpack, "i16", ("\255"):rep(9) .. ("\0"):rep(7)))  --> pack_unpack_refuses_short_data.lua:6: 16-byte integer does not fit into Lua Integer
print(try(unpack, "b", "abc", 5))  --> pack_unpack_refuses_short_data.lua:6: bad argument #3 to 'unpack' (initial position out of string)
print(try(unpack, "b", "abc", 4))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (data string too short)
print(try(unpack, "b", "abc", 1.5))  --> pack_unpack_refuses_short_data.lua:6: bad argument #3 to 'unpack' (number has no integer representation)
print(try(unpack, "b"))  --> pack_unpack_refuses_short_data.lua:6: bad argument #2 to 'unpack' (string expected, got no value)
print(string.unpack("b", "abc", -1))  --> 99	4
print(string.unpack("", "abc", 4))  --> 4
