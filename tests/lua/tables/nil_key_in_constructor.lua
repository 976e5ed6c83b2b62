-- A nil key inside a constructor is the same error.
local k
local t = { [k] = 1 }  --> error: nil_key_in_constructor.lua:3: table index is nil
print(t)
