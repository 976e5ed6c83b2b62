-- A comparator decides the order.
local t = { "ccc", "a", "dddd", "bb" }
table.sort(t, function(x, y) return #x > #y end)
print(table.concat(t, " "))  --> dddd ccc bb a
table.sort(t, function(x, y) return x < y end)
print(table.concat(t, " "))  --> a bb ccc dddd
