-- An assignment makes a place for its key before it asks for __newindex, so wrong keys are refused first.
local t = setmetatable({}, { __newindex = function(_, k) print("new", k) end })
t.x = 1
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0 / 0] = 1 end))
print(next(t))
--> new	x
--> false	newindex_sees_keys_that_have_a_place.lua:4: table index is nil
--> false	newindex_sees_keys_that_have_a_place.lua:5: table index is NaN
--> nil
