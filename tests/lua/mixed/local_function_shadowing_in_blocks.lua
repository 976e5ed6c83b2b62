-- A block's local function does not replace the outer one after the block.
local function f() return "outer" end
local g
do
  local function f(n) if n == 0 then return "inner" end return f(n - 1) end
  g = f
end
print(f(), g(3))  --> outer	inner
