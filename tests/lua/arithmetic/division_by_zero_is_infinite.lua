-- Dividing by zero gives an infinity with the sign of the dividend.
local zero = 0
print(1 / zero, -1 / zero)  --> inf	-inf
