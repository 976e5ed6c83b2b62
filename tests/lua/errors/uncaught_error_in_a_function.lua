-- The position is that of the failing line, inside the function.
local function fail(x)
  local y = x + 1
  return y.field.other
end
print("start")  --> start
fail(1)
--> error: uncaught_error_in_a_function.lua:4: attempt to index local 'y' (a number value)
