-- `-x ^ 2` is `-(x ^ 2)`, while an exponent may itself be negated.
local x = 3
print(-x ^ 2, (-x) ^ 2, 2 ^ -x)  --> -9	9	0.125
