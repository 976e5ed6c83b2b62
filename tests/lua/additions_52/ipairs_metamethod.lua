-- `ipairs` calls `__ipairs` with the value and returns three results.
local mt = { __ipairs = function(t) return function(_, i) if i > 0 then return i - 1, t.name end end, t, 2 end }
for i, v in ipairs(setmetatable({ name = "x" }, mt)) do
  print(i, v)
end
--> 1	x
--> 0	x
for i, v in ipairs(setmetatable({ "plain" }, {})) do
  print(i, v)
end
--> 1	plain
print(pcall(ipairs))  --> false	bad argument #1 to '?' (table expected, got no value)
