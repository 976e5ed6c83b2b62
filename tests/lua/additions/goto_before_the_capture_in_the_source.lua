-- A variable may be captured by code behind the jump that leaves its scope, after a jump back.
local get
do
  local value, again = 1, false
  ::top::
  if again then goto out end
  get = function() return value end
  again = true
  goto top
end
::out::
local a, b = "a", "b"
print(get(), a, b)  --> 1	a	b
