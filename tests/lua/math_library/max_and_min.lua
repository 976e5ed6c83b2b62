-- `max` and `min` take any positive count of numbers.
print(math.max(1, 5, 3), math.min(4, -2, 8), math.max(7), math.min("3", 10), math.max(-math.huge, 0))  --> 5	-2	7	3	0
