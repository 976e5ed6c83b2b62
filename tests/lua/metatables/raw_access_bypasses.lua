-- `rawget`, `rawset` and `rawequal` ask no handler.
local t = setmetatable({}, {
  __index = function() return "meta" end,
  __newindex = function() error("written") end,
  __eq = function() return true end,
})
rawset(t, "x", 1)
print(rawget(t, "x"), rawget(t, "y"), t.y, rawequal(t, {}))  --> 1	nil	meta	false
