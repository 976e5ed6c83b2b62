-- `_G` is a plain table that holds itself.
print(_G._G == _G, _G.print == print, getfenv(1) == _G)  --> true	true	true
_G["odd name"] = 5
print(_G["odd name"])  --> 5
local k = "dyn" .. "amic"
_G[k] = 7
print(dynamic)  --> 7
