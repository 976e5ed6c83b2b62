-- `%d` drops the fraction of its argument.
print(("%d %d %d"):format(3.7, -3.7, 0.5))  --> 3 -3 0
