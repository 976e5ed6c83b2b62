-- Infinite values print as C spells them.
print(("%f %g %.1f %5.1f"):format(math.huge, -math.huge, math.huge, -math.huge))  --> inf -inf inf  -inf
