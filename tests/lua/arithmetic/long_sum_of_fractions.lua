-- Repeated addition keeps the rounding of doubles.
local sum = 0
for _ = 1, 10 do sum = sum + 0.1 end
print(sum == 1, sum, string.format("%.17g", sum))  --> false	1	0.99999999999999989
