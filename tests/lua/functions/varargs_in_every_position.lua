-- `...` gives all its values only in the last position.
local function f(...)
  local a, b = ...
  return a, b, (...), ...
end
print(f(1, 2, 3))  --> 1	2	1	1	2	3
print(f())  --> nil	nil	nil
print((f(1, 2, 3)))  --> 1
