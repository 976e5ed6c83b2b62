-- `package.seeall` lets a module read the globals it inherits.
module("viewer", package.seeall)
function show(x) return tostring(x) end
print(_G.viewer.show(12), rawget(_M, "print"), print == _G.print)  --> 12	nil	true
