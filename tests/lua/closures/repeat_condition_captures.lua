-- A closure in an until condition may capture a local of the body.
local n, fs = 0, {}
repeat
  n = n + 1
  local x = n * 100
  fs[n] = function() return x end
until (function() return x >= 300 end)()
print(n, fs[1](), fs[3]())  --> 3	100	300
