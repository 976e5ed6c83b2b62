-- `select` passes nils on, at the end too.
print(select("#", select(2, 1, nil, nil)))  --> 2
print(select(2, 1, nil, 3, nil))  --> nil	3	nil
