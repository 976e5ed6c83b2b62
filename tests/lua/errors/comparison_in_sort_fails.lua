-- An error in a sort comparator comes out of sort.
print(pcall(table.sort, { 3, 1, 2 }, function() error("no order", 0) end))  --> false	no order
