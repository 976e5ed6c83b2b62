-- A jump out of a block closes what closures captured there, so that other variables may take the place.
local function make(leave)
  local get
  do
    local value = "kept"
    get = function() return value end
    if leave then goto out end
    value = "changed"
  end
  ::out::
  local other = "other"
  return get(), other
end
print(make(true))  --> kept	other
print(make(false))  --> changed	other
