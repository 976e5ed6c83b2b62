-- A numeric loop includes its limit.
local out = {}
for i = 1, 5 do out[#out + 1] = i end
for i = 10, 1, -3 do out[#out + 1] = i end
print(table.concat(out, " "))  --> 1 2 3 4 5 10 7 4 1
