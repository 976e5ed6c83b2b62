-- A call spread over lines reports the line of its function.
local function f() return nil end
print(pcall(function()  --> false	line_of_a_call_over_lines.lua:8: attempt to call local 'x' (a nil value)
  local x = f(
    1,
    2
  )
  x(
    3)
end))
