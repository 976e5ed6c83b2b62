-- table.unpack gives a range of a table, as unpack.
print(table.unpack { 1, 2, 3 })  --> 1	2	3
print(table.unpack({ 1, 2, 3 }, 2))  --> 2	3
print(table.unpack({ 1, nil, 3 }, 1, 4))  --> 1	nil	3	nil
print(select("#", table.unpack({}, 3, 2)))  --> 0
print((select(2, pcall(function() local x = table.unpack() end))))  --> table_unpack_is_unpack.lua:6: bad argument #1 to 'unpack' (table expected, got no value)
print((select(2, pcall(table.unpack, {}, 1, 1e7))))  --> too many results to unpack
