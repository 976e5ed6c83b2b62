-- `modf` gives the integral and the fractional part.
print(math.modf(3.5))  --> 3	0.5
print(math.modf(-3.25))  --> -3	-0.25
print(math.modf(5))  --> 5	0
print(math.modf(math.huge))  --> inf	0
