-- A product too large for a double is infinite, and one too small is zero.
print(1e308 * 10, -1e308 * 10, 1e-300 * 1e-300)  --> inf	-inf	0
