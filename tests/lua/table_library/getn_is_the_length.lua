-- The old `getn` gives the length and `setn` is an error.
print(table.getn { 1, 2, 3 })  --> 3
print(pcall(function() table.setn({}, 1) end))  --> false	getn_is_the_length.lua:3: 'setn' is obsolete
