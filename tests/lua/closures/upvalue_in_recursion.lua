-- Each activation of a recursive function has its own captured variable.
local fs = {}
local function rec(n)
  local mine = n * n
  fs[n] = function() mine = mine + 1 return mine end
  if n > 1 then rec(n - 1) end
end
rec(3)
print(fs[1](), fs[2](), fs[3](), fs[2]())  --> 2	5	10	6
