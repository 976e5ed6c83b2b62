-- The first true branch runs, and only that one.
local function f(x)
  if x == 1 then return "one"
  elseif x == 2 then return "two"
  elseif x then return "true"
  else return "false" end
end
print(f(1), f(2), f("x"), f(nil), f(false))  --> one	two	true	false	false
