-- A square is what C's pow gives, which now and then differs from the product in the last bit.
local x, n = 398.092, 1234567
print(x ^ 2 == x * x, x ^ 2 == 398.092 ^ 2, ("%.17g"):format(x ^ 2)) --> false	true	158477.240464
print(n ^ 2 == n * n, (-3) ^ 2, ("%.17g"):format(n ^ 2)) --> true	9	1524155677489
