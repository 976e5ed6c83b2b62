-- The messages of bit32 are those of Lua 5.2, and so is the argument that is checked first.
local function try(f)
  return (select(2, pcall(f)))
end
print(try(function() local x = bit32.bnot() end))  --> bit32_messages_of_wrong_arguments.lua:5: bad argument #1 to 'bnot' (number expected, got no value)
print(try(function() local x = bit32.band(1, {}) end))  --> bit32_messages_of_wrong_arguments.lua:6: bad argument #2 to 'band' (number expected, got table)
print(try(function() local x = bit32.lshift({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:7: bad argument #2 to 'lshift' (number expected, got table)
print(try(function() local x = bit32.rshift({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:8: bad argument #2 to 'rshift' (number expected, got table)
print(try(function() local x = bit32.arshift({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:9: bad argument #1 to 'arshift' (number expected, got table)
print(try(function() local x = bit32.lrotate({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:10: bad argument #2 to 'lrotate' (number expected, got table)
print(try(function() local x = bit32.rrotate({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:11: bad argument #2 to 'rrotate' (number expected, got table)
print(try(function() local x = bit32.extract({}, {}) end))  --> bit32_messages_of_wrong_arguments.lua:12: bad argument #1 to 'extract' (number expected, got table)
print(try(function() local x = bit32.extract(1, -1) end))  --> bit32_messages_of_wrong_arguments.lua:13: bad argument #2 to 'extract' (field cannot be negative)
print(try(function() local x = bit32.extract(1, 0, 0) end))  --> bit32_messages_of_wrong_arguments.lua:14: bad argument #3 to 'extract' (width must be positive)
print(try(function() local x = bit32.extract(1, 31, 2) end))  --> bit32_messages_of_wrong_arguments.lua:15: trying to access non-existent bits
print(try(function() local x = bit32.extract(1, -1, "x") end))  --> bit32_messages_of_wrong_arguments.lua:16: bad argument #3 to 'extract' (number expected, got string)
print(try(function() local x = bit32.replace(1, 2) end))  --> bit32_messages_of_wrong_arguments.lua:17: bad argument #3 to 'replace' (number expected, got no value)
print(try(function() local x = bit32.replace(1, 2, -1, 1) end))  --> bit32_messages_of_wrong_arguments.lua:18: bad argument #3 to 'replace' (field cannot be negative)
print(try(function() local x = bit32.replace(1, 2, 1, -1) end))  --> bit32_messages_of_wrong_arguments.lua:19: bad argument #4 to 'replace' (width must be positive)
print(try(function() local x = bit32.replace(1, 2, 0, 33) end))  --> bit32_messages_of_wrong_arguments.lua:20: trying to access non-existent bits
