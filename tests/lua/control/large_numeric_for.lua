-- A loop near 2^53 still counts by one.
local out = {}
for i = 2 ^ 53 - 2, 2 ^ 53 - 1 do out[#out + 1] = string.format("%.0f", i) end
print(table.concat(out, " "))  --> 9007199254740990 9007199254740991
