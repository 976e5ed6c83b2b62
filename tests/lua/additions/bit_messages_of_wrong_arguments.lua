-- The messages of bit are those of LuaJIT.
local function try(f)
  return (select(2, pcall(f)))
end
print(try(function() local x = bit.tobit() end))  --> bit_messages_of_wrong_arguments.lua:5: bad argument #1 to 'tobit' (number expected, got no value)
print(try(function() local x = bit.band(1, 2, {}) end))  --> bit_messages_of_wrong_arguments.lua:6: bad argument #3 to 'band' (number expected, got table)
print(try(function() local x = bit.bor() end))  --> bit_messages_of_wrong_arguments.lua:7: bad argument #1 to 'bor' (number expected, got no value)
print(try(function() local x = bit.lshift(1) end))  --> bit_messages_of_wrong_arguments.lua:8: bad argument #2 to 'lshift' (number expected, got no value)
print(try(function() local x = bit.lshift(nil, true) end))  --> bit_messages_of_wrong_arguments.lua:9: bad argument #1 to 'lshift' (number expected, got nil)
print(try(function() local x = bit.rol("x", 1) end))  --> bit_messages_of_wrong_arguments.lua:10: bad argument #1 to 'rol' (number expected, got string)
print(try(function() local x = bit.tohex(1, "8x") end))  --> bit_messages_of_wrong_arguments.lua:11: bad argument #2 to 'tohex' (number expected, got string)
print(try(function() local x = bit.tohex(1, nil) end))  --> bit_messages_of_wrong_arguments.lua:12: bad argument #2 to 'tohex' (number expected, got nil)
