-- `huge` is infinite and `pi` has full precision.
print(math.huge, -math.huge, math.huge > 1e308, math.pi, string.format("%.15f", math.pi))  --> inf	-inf	true	3.1415926535898	3.141592653589793
