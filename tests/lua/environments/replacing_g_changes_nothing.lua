-- Assigning the name `_G` does not change the environment.
local old = _G
_G = nil
print(_G, type(print))  --> nil	function
_G = old
