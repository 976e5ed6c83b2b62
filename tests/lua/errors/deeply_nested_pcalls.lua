-- An error passes through a hundred nested pcalls step by step.
local function nest(n)
  if n == 0 then error("core", 0) end
  local ok, e = pcall(nest, n - 1)
  error(ok and "?" or e, 0)
end
print(pcall(nest, 100))  --> false	core
