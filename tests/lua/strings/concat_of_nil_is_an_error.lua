-- Concatenating nil, a boolean or a table names the type.
local name
print(pcall(function() return "x" .. name end))  --> false	concat_of_nil_is_an_error.lua:3: attempt to concatenate upvalue 'name' (a nil value)
print(pcall(function() return "x" .. true end))  --> false	concat_of_nil_is_an_error.lua:4: attempt to concatenate a boolean value
print(pcall(function() return {} .. "x" end))  --> false	concat_of_nil_is_an_error.lua:5: attempt to concatenate a table value
print(pcall(function() local t = {} return "a" .. t.field .. "b" end))  --> false	concat_of_nil_is_an_error.lua:6: attempt to concatenate field 'field' (a nil value)
