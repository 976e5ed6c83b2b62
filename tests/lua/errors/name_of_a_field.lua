-- Messages name a field, however deep.
local t = { inner = {} }
print(pcall(function() return t.a.b end))  --> false	name_of_a_field.lua:3: attempt to index field 'a' (a nil value)
print(pcall(function() return t.inner.deep.er end))  --> false	name_of_a_field.lua:4: attempt to index field 'deep' (a nil value)
print(pcall(function() t.run() end))  --> false	name_of_a_field.lua:5: attempt to call field 'run' (a nil value)
print(pcall(function() return t.inner.n + 1 end))  --> false	name_of_a_field.lua:6: attempt to perform arithmetic on field 'n' (a nil value)
print(pcall(function() return t["k"] .. "x" end))  --> false	name_of_a_field.lua:7: attempt to concatenate field 'k' (a nil value)
