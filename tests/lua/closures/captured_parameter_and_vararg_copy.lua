-- Parameters can be captured, and varargs after copying them.
local function bind(f, ...)
  local args, n = { ... }, select("#", ...)
  return function(x) args[n + 1] = x return f(unpack(args, 1, n + 1)) end
end
print(bind(math.max, 3, 8)(5), bind(function(a, b) return a .. b end, "x")("y"))  --> 8	xy
