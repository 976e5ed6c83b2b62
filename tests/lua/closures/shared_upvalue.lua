-- Two closures made together share one variable.
local function pair()
  local n = 0
  return function() n = n + 1 end, function() return n end
end
local inc, get = pair()
inc() inc() inc()
print(get())  --> 3
