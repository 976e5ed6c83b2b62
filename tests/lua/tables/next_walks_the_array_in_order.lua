-- Array items come first, in order.
local out = {}
for k, v in pairs({ "a", "b", "c", "d" }) do out[#out + 1] = k .. v end
print(table.concat(out, " "))  --> 1a 2b 3c 4d
