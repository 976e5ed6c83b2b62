-- Arithmetic on nil ends the script when nobody catches it.
local t = nil
print("before")  --> before
print(t + 1)  --> error: nil_operand_is_an_error.lua:4: attempt to perform arithmetic on local 't' (a nil value)
