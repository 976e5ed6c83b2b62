-- Arithmetic in loops: the lengths of Collatz's sequences, and a sum that converges slowly.
local size = tonumber(arg and arg[1]) or 100000

local longest, start = 0, 0
for n = 1, size do
  local x, steps = n, 0
  while x ~= 1 do
    if x % 2 == 0 then x = x * 0.5 else x = 3 * x + 1 end
    steps = steps + 1
  end
  if steps > longest then longest, start = steps, n end
end

local sum, sign = 0, 1
for i = 1, size * 40, 2 do
  sum = sum + sign * 4 / i
  sign = -sign
end
print(longest, start, string.format("%.6f", sum))
