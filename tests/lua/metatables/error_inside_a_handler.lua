-- An error in a handler passes to the operator's caller.
local t = setmetatable({}, {
  __add = function() error("no sums") end,
  __index = function(_, k) error(k .. " missing", 2) end,
})
print(pcall(function() return t + 1 end))  --> false	error_inside_a_handler.lua:3: no sums
print(pcall(function() return t.field end))  --> false	error_inside_a_handler.lua:7: field missing
