-- A `break` before the capture, reached by a jump back, leaves the variable to the closure.
local get
while true do
  local value = "kept"
  ::top::
  if get then break end
  get = function() return value end
  goto top
end
local other = "other"
print(get(), other)  --> kept	other
