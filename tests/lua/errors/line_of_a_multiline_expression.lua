-- The line is that of the failing operation, not of the statement.
print(pcall(function()  --> false	line_of_a_multiline_expression.lua:7: attempt to index field 'x' (a nil value)
  local t = {}
  return {
    1,
    t.x.y,
  }
end))
