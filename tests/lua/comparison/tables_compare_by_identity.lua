-- Two tables are equal only when they are the same object.
local a, b = {}, {}
local c = a
print(a == b, a == c, a ~= b, {} == {})  --> false	true	true	false
