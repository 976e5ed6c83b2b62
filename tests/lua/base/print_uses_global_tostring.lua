-- `print` calls the global tostring, so replacing it changes the output.
local old = tostring
function tostring(v) return "<" .. old(v) .. ">" end
print(1, nil, "x")  --> <1>	<nil>	<x>
tostring = old
