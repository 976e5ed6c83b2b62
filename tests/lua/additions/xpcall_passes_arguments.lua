-- What follows the handler of `xpcall` goes to the function.
local function handler(message)
  return "handled " .. tostring(message)
end
print(xpcall(function(...) return select("#", ...), ... end, handler, 1, nil, 3, nil))  --> true	4	1	nil	3	nil
print(xpcall(function(a, b) error(a .. b, 0) end, handler, "x", "y"))  --> false	handled xy
print(xpcall(coroutine.wrap(function(a) coroutine.yield(a) end), handler, "first"))  --> true	first
print(xpcall(print, handler))  -->
--> true
print(select("#", xpcall(unpack, handler, {}, 1, 250)))  --> 251
