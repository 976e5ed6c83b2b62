-- The old iterators stop when the function gives a value.
local out = {}
table.foreachi({ "a", "b" }, function(i, v) out[#out + 1] = i .. v end)
print(table.concat(out, " "), table.foreachi({ "x", "y", "z" }, function(i, v) if v == "y" then return i * 10 end end))  --> 1a 2b	20
print(table.foreach({ only = 1 }, function(k, v) return k .. v end), table.foreach({}, print))  --> only1
