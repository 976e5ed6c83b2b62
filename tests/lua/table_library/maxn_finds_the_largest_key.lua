-- `maxn` gives the largest positive numeric key.
print(table.maxn {}, table.maxn { 1, 2, nil, 4 }, table.maxn { [10.5] = 1, [3] = 2 }, table.maxn { [-1] = 1, x = 2 })  --> 0	4	10.5	0
