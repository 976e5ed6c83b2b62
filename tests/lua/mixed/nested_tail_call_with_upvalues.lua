-- A tail call closes the upvalues of the frame it replaces.
local saved
local function later() return saved() end
local function f(x)
  saved = function() x = x + 1 return x end
  return later()
end
print(f(10), saved(), f(20), saved())  --> 11	12	21	22
