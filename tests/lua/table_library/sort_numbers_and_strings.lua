-- `sort` orders numbers and strings by `<`.
local a, b = { 3, 1, 2, -5, 2.5 }, { "pear", "Apple", "fig", "" }
table.sort(a)
table.sort(b)
print(table.concat(a, " "))  --> -5 1 2 2.5 3
print(table.concat(b, ","))  --> ,Apple,fig,pear
